"""finfo objects, from req.finfo and apache.stat."""

import os

import pytest
from remote import CONFIG, Remote

FIELDS = "protection inode device nlink user group size atime mtime ctime fname name filetype".split()
TIMES = {"atime", "mtime", "ctime"}

# A directory of files; a handler for all of them that does not depend on the file.
FILES = """
<Directory "${DOCROOT}/files">
    SetHandler mod_python
    PythonHandler evaluate::value
</Directory>
"""


@pytest.fixture(scope="module")
def python(serve_module):
    remote = Remote(serve_module(CONFIG + FILES, app="api", processes=1))
    path = remote.server.write("files/a.txt", "12345")
    path.chmod(0o640 | 0o004)
    path.with_name("link").symlink_to("a.txt")
    return remote


@pytest.fixture
def path(python):
    return python.server.docroot / "files" / "a.txt"


def stat(path, wanted="apache.APR_FINFO_NORM"):
    return f"f = apache.stat({str(path)!r}, {wanted}); "


class TestFields:
    def test_each_field_says_what_the_file_system_does(self, python, path):
        status = path.stat()
        shown = python(f"{stat(path)} {{n: getattr(f, n) for n in {FIELDS}}}")
        assert shown == {
            "protection": 0x644,
            "inode": status.st_ino,
            "device": status.st_dev,
            "nlink": 1,
            "user": status.st_uid,
            "group": status.st_gid,
            "size": 5,
            "atime": int(status.st_atime),
            "mtime": int(status.st_mtime),
            "ctime": int(status.st_ctime),
            "fname": str(path),
            "name": None,
            "filetype": 1,
        }

    def test_protection_is_apr_s_and_mode_is_unix_s(self, python, path):
        assert python(stat(path) + "f.protection, f.mode") == (0x644, 0o644)

    def test_the_sequence_has_the_order_of_the_constants(self, python, path):
        names = "MODE INO DEV NLINK UID GID SIZE ATIME MTIME CTIME FNAME NAME FILETYPE".split()
        code = f"[f[getattr(apache, 'FINFO_' + n)] for n in {names}] == [getattr(f, n) for n in {FIELDS}] == list(f)"
        assert python(stat(path) + code) is True

    def test_there_are_thirteen_items(self, python, path):
        assert python(stat(path) + "len(f), len(tuple(f)), f[apache.FINFO_FILETYPE]") == (13, 13, 1)

    @pytest.mark.parametrize(("index", "error"), [("13", IndexError), ("-1", IndexError), ("0:2", TypeError)])
    def test_no_other_index_is_possible(self, python, path, index, error):
        with pytest.raises(error):
            python(stat(path) + f"f[{index}]")

    def test_repr_shows_all_attributes(self, python, path):
        shown = python(
            stat(path) + "import ast; ast.literal_eval(repr(f)) == {n: getattr(f, n) for n in %r}" % [*FIELDS, "valid"]
        )
        assert shown is True

    def test_the_type_shows_its_name(self, python, path):
        assert python(stat(path) + "str(type(f))") == "<class 'mp_finfo'>"

    @pytest.mark.parametrize("use", ["f.size = 5", "f.other = 5", "f.other", "del f.size", "f.valid = 0"])
    def test_attributes_are_read_only_and_no_others_exist(self, python, path, use):
        with pytest.raises(AttributeError):
            python(stat(path) + use)


class TestStat:
    def test_a_missing_file_is_no_error(self, python, path):
        missing = path.with_name("missing")
        code = f"f.filetype == apache.APR_NOFILE, f.fname, {{getattr(f, n) for n in {FIELDS[:10]}}}"
        assert python(stat(missing) + code) == (True, str(missing), {None})

    @pytest.mark.parametrize(
        ("name", "kind"), [("", "APR_DIR"), ("a.txt", "APR_REG"), ("link", "APR_REG"), ("/dev/null", "APR_CHR")]
    )
    def test_the_kind_of_a_file(self, python, path, name, kind):
        assert python(stat(path.parent / name) + f"f.filetype == apache.{kind}") is True

    def test_a_link_is_followed_unless_asked_for_itself(self, python, path):
        code = stat(path.with_name("link"), "apache.APR_FINFO_TYPE | apache.APR_FINFO_LINK")
        assert python(code + "f.filetype == apache.APR_LNK") is True

    def test_valid_says_which_fields_are_filled(self, python, path):
        assert python(stat(path) + "f.valid & apache.APR_FINFO_NORM == apache.APR_FINFO_NORM") is True
        assert python(stat(path, "apache.APR_FINFO_SIZE") + "bool(f.valid & apache.APR_FINFO_SIZE)") is True

    def test_a_field_that_was_not_asked_for_and_is_not_filled_is_none(self, python, path):
        assert python(stat(path, "apache.APR_FINFO_NAME | apache.APR_FINFO_MIN") + "f.name") in (None, "a.txt")

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            ("'/dev/null/x', 0", NotADirectoryError),
            ("'a\\0b', 0", ValueError),
            ("None, 0", TypeError),
            ("'/', 'x'", TypeError),
            ("'/'", TypeError),
            ("'/' + 'x' * 300, apache.APR_FINFO_NORM", OSError),
        ],
    )
    def test_errors(self, python, arguments, error):
        with pytest.raises(error):
            python(f"apache.stat({arguments})")

    def test_bytes_and_names_that_are_no_utf8(self, python, path):
        name = os.fsencode(path.with_name("caf")) + b"\xe9"
        with open(name, "wb"):
            pass
        assert python(f"apache.stat({name!r}, apache.APR_FINFO_NORM).fname") == os.fsdecode(name)
        assert python(f"apache.stat({os.fsdecode(name)!r}, apache.APR_FINFO_NORM).size") == 0

    def test_the_result_outlives_the_request_and_its_arguments(self, python, path):
        python("import gc\n" + stat(path) + "\nkept['f'] = f")
        assert python("import gc; gc.collect(); x = ['y' * n for n in range(99)]; kept['f'].fname, kept['f'].size") == (
            str(path),
            5,
        )


class TestOfARequest:
    def get(self, python, name, code):
        return python.at(f"/files/{name}", code)

    def test_it_tells_of_the_requested_file(self, python, path):
        shown = self.get(python, "a.txt", "req.finfo.size, req.finfo.filetype, req.finfo.mtime, req.finfo.fname")
        assert shown == (5, 1, int(path.stat().st_mtime), str(path))

    def test_of_a_missing_one_it_has_only_the_type(self, python):
        shown = self.get(python, "missing", f"[getattr(req.finfo, n) for n in {FIELDS[:10]}] + [req.finfo.filetype]")
        assert shown == [None] * 10 + [0]

    def test_each_access_is_a_view_of_the_same(self, python):
        assert self.get(python, "a.txt", "list(req.finfo) == list(req.finfo)") is True

    def test_a_stat_result_can_be_assigned(self, python, path):
        code = f"""
        req.filename = {str(path)!r}
        req.finfo = apache.stat(req.filename, apache.APR_FINFO_MIN)
        req.finfo.size, req.finfo.fname
        """
        assert self.get(python, "missing", code) == (5, str(path))

    @pytest.mark.parametrize("value", ["None", "5", "()", "req"])
    def test_nothing_else_can(self, python, value):
        with pytest.raises(TypeError, match="finfo"):
            python(f"req.finfo = {value}")

    def test_it_cannot_be_deleted(self, python):
        with pytest.raises(AttributeError):
            python("del req.finfo")
