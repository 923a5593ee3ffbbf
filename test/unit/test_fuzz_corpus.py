"""What fuzzing has found worth keeping: every input, through its target, without a fuzzer (see test/fuzz)."""

import subprocess
from pathlib import Path

import pytest

from fuzz.corpus import CORPUS, kept, unpack
from fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {"handlers", "environ"}
LARGEST = 300_000  # bytes of the whole corpus


@pytest.mark.parametrize("target", TARGETS)
def test_every_input_passes(target):
    for data in kept(target):
        try:
            TARGETS[target](data)
        except Exception as error:
            raise AssertionError(f"{target} {data!r}") from error


@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_every_input_passes_in_c(program, tmp_path):
    made = f"build/fuzz/{program}.replay"
    subprocess.run(["make", "--silent", made], cwd=ROOT, check=True)
    unpack(program, tmp_path)
    subprocess.run([ROOT / made, *tmp_path.iterdir()], check=True)


def test_every_target_has_inputs_and_they_are_few():
    assert {path.stem for path in CORPUS.iterdir()} == PROGRAMS.union(TARGETS)
    assert sum(path.stat().st_size for path in CORPUS.iterdir()) < LARGEST
