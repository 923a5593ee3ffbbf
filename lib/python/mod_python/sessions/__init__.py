"""What `mod_python.Session` is built from: options, ids, cookies, locks, records and the stores.

Nothing here imports `mod_python.Session`; a store knows nothing of requests.
"""
