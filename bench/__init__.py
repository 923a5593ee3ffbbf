"""Measures mod_python beside its peers; `bench/run --help` says how."""
