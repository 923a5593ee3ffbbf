"""Who may enter: phase handlers, providers for httpd's own authentication, requirements; all of them fail closed."""

import base64
import hashlib
import subprocess
import sys

import pytest
from homes import virtual_environment
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

from testenv.httpd import REPOSITORY

EGGS = HTTPBasicAuth("eggs", "spam")
WRONG = HTTPBasicAuth("eggs", "wrong")
BASIC = "AuthType Basic\nAuthName Private"
PATH = "PythonPath \"sys.path + ['${DOCROOT}']\""
CONTENT = f"SetHandler mod_python\nPythonHandler guard::content\n{PATH}"


def lines(*directives):
    return "\n".join(directives)


def location(path, *directives):
    return lines(f"<Location {path}>", CONTENT, *directives, "</Location>")


def is_refused(response, statuses=(401, 403, 500)):
    return response.status_code in statuses and "secret" not in response.text


def write_passwords(server, user):
    """The password file of a test: `user`, with the password spam."""
    digest = base64.b64encode(hashlib.sha1(b"spam").digest()).decode()
    (server.root / "conf" / "passwords").write_text(f"{user}:{{SHA}}{digest}\n")


PASSWORD_FILE = 'AuthUserFile "${ROOT}/conf/passwords"'


class TestPhaseHandlers:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        valid_user = lines(BASIC, "Require valid-user")
        return serve_class(
            lines(
                location("/password", valid_user, "PythonAuthenHandler guard::password"),
                location("/own-challenge", valid_user, "PythonAuthenHandler guard::own_challenge"),
                location("/no-type", "Require valid-user", "PythonAuthenHandler guard::own_challenge"),
                location("/nobody", valid_user, "PythonAuthenHandler guard::nobody"),
                location(
                    "/other-user",
                    BASIC,
                    "Require user other",
                    "PythonAuthenHandler guard::password",
                    "PythonAuthzHandler guard::ok",
                ),
                location(
                    "/this-user",
                    BASIC,
                    "Require user eggs",
                    "PythonAuthenHandler guard::password",
                    "PythonAuthzHandler guard::ok",
                ),
                location(
                    "/forbidden", valid_user, "PythonAuthenHandler guard::password", "PythonAuthzHandler guard::forbid"
                ),
                location(
                    "/no-objection",
                    valid_user,
                    "PythonAuthenHandler guard::password",
                    "PythonAuthzHandler guard::decline",
                ),
                location("/access", "PythonAccessHandler guard::forbid"),
                location(
                    "/open",
                    "Require all granted",
                    "PythonAuthenHandler guard::fail",
                    "PythonAuthzHandler guard::fail",
                    "PythonAccessHandler guard::ok",
                ),
                location(
                    "/satisfy-any",
                    valid_user,
                    "Satisfy Any",
                    "PythonAccessHandler guard::forbid",
                    "PythonAuthenHandler guard::password",
                ),
            ),
            app="auth",
        )

    def test_the_right_password_lets_in(self, server):
        assert server.get("/password", auth=EGGS).text == "secret for eggs"

    @pytest.mark.parametrize("auth", [None, WRONG, HTTPBasicAuth("joe", "spam"), HTTPBasicAuth("", "")])
    def test_anything_else_is_a_401_with_a_challenge(self, server, auth):
        response = server.get("/password", auth=auth)
        assert is_refused(response, (401,))
        assert response.headers["WWW-Authenticate"] == 'Basic realm="Private"'

    @pytest.mark.parametrize("path", ["/own-challenge", "/no-type"])
    def test_a_challenge_of_one_s_own_is_kept(self, server, path):
        response = server.get(path)
        assert is_refused(response, (401,))
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="own"'

    def test_ok_without_a_user_is_an_error(self, server):
        server.expect_log("MP0021: .*without setting req.user")
        assert is_refused(server.get("/nobody"), (500,))

    def test_authz_ok_does_not_override_require(self, server):
        server.allow_log("AH01631")  # httpd: the requirement is not met
        assert is_refused(server.get("/other-user", auth=EGGS), (401, 403))
        assert server.get("/this-user", auth=EGGS).text == "secret for eggs"

    def test_authz_can_refuse_whom_require_accepts(self, server):
        assert is_refused(server.get("/forbidden", auth=EGGS), (403,))
        assert server.get("/no-objection", auth=EGGS).text == "secret for eggs"

    def test_access_is_refused_before_anyone_is_asked_for_a_password(self, server):
        assert is_refused(server.get("/access", auth=EGGS), (403,))

    def test_nobody_is_asked_where_all_are_granted(self, server):
        assert server.get("/open").text == "secret for None"

    def test_satisfy_any(self, server):
        assert is_refused(server.get("/satisfy-any"), (401,))
        assert server.get("/satisfy-any", auth=EGGS).text == "secret for eggs"


class TestOrder:
    """Ours is asked before mod_auth_basic, whatever the order of LoadModule (decision A32)."""

    @pytest.mark.parametrize("first", [("python", "auth_basic"), ("auth_basic", "python")])
    def test_python_is_asked_first(self, serve, first):
        handlers = "PythonAuthenHandler guard::decline guard::password"
        server = serve(
            lines(
                location("/ours", BASIC, "Require valid-user", handlers),
                location("/theirs", BASIC, "Require valid-user", PASSWORD_FILE, "PythonAuthenHandler guard::decline"),
            ),
            app="auth",
            first=first,
        )
        write_passwords(server, "joe")
        assert server.get("/ours", auth=EGGS).text == "secret for eggs"
        assert server.get("/theirs", auth=HTTPBasicAuth("joe", "spam")).text == "secret for joe"
        server.allow_log("AH01618")  # httpd: user eggs not found
        assert is_refused(server.get("/theirs", auth=EGGS), (401,))


WRONG_HANDLERS = "fail leave deep none true text number instead nosuch".split()
PHASES = ("Access", "Authen", "Authz")


class TestFailingClosed:
    """With the right password in every request: what cannot answer says no."""

    PHASE_CASES = [(phase, f"guard::{name}") for phase in PHASES for name in WRONG_HANDLERS]
    PHASE_CASES += [(phase, word) for phase in PHASES for word in ("nosuch", "nosuch.module::f", "/nosuch/file.py")]
    WRONG_ANSWERS = "fail leave deep one text empty number instead nosuch".split()
    PROVIDER_CASES = [f"guard::{name}" for name in WRONG_ANSWERS] + ["nosuch", "empty"]

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        phases = (
            location(f"/phase/{number}", BASIC, "Require valid-user", PASSWORD_FILE, f"Python{phase}Handler {word}")
            for number, (phase, word) in enumerate(cls.PHASE_CASES)
        )
        providers = (
            location(
                f"/{kind.lower()}/{number}",
                f"AuthType {kind}",
                "AuthName Private",
                f"Auth{kind}Provider python",
                "Require valid-user",
                f"PythonAuthProvider {word}",
            )
            for number, word in enumerate(cls.PROVIDER_CASES)
            for kind in ("Basic", "Digest")
        )
        requirements = (
            location(f"/require/{number}", f"Require python {word}")
            for number, word in enumerate(cls.PROVIDER_CASES)
            if "::" in word
        )
        server = serve_class(lines(*phases, *providers, *requirements), app="auth", modules=("auth_digest",))
        server.write("empty.py", "")
        write_passwords(server, "eggs")
        return server

    @pytest.mark.parametrize(("phase", "word"), PHASE_CASES)
    def test_a_phase_handler(self, server, phase, word):
        server.expect_log(f"MP0100: Python{phase}Handler {word}: ")
        number = self.PHASE_CASES.index((phase, word))
        assert is_refused(server.get(f"/phase/{number}", auth=EGGS), (500,))

    @pytest.mark.parametrize("word", PROVIDER_CASES)
    def test_a_basic_provider(self, server, word):
        server.expect_log(f"MP0100: provider {word}: ")
        server.allow_log("AH0161[78]")
        number = self.PROVIDER_CASES.index(word)
        assert is_refused(server.get(f"/basic/{number}", auth=EGGS), (401, 500))

    @pytest.mark.parametrize("word", PROVIDER_CASES)
    def test_a_digest_provider(self, server, word):
        server.expect_log(f"MP0100: provider {word}: ")
        server.allow_log("AH0179")
        number = self.PROVIDER_CASES.index(word)
        assert is_refused(server.get(f"/digest/{number}", auth=HTTPDigestAuth("eggs", "spam")), (401, 500))

    @pytest.mark.parametrize("word", [word for word in PROVIDER_CASES if "::" in word])
    def test_a_requirement(self, server, word):
        server.expect_log(f"MP0100: provider {word}: ")
        number = self.PROVIDER_CASES.index(word)
        assert is_refused(server.get(f"/require/{number}", auth=EGGS), (403, 500))


class TestWithoutAnInterpreter:
    """Where Python cannot run at all, nobody gets in."""

    CASES = {
        "access": "PythonAccessHandler guard::ok",
        "authen": "Require valid-user\nPythonAuthenHandler guard::password",
        "authz": "Require valid-user\nPythonAuthzHandler guard::ok",
        "provider": "Require valid-user\nAuthBasicProvider python\nPythonAuthProvider guard",
        "require": "Require python guard::yes",
    }

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        """Every interpreter here lacks what the package needs: this installation has no cffi."""
        sections = (
            f"<Location /{name}>\n{BASIC}\n{PASSWORD_FILE}\n{case}\n</Location>" for name, case in cls.CASES.items()
        )
        with virtual_environment(usable=False) as home:
            server = serve_class(lines(f'PythonHome "{home}"', *sections), app="auth")
            write_passwords(server, "eggs")
            for name in cls.CASES:
                server.write(name, "secret")
            yield server

    @pytest.mark.local_only
    @pytest.mark.parametrize("name", CASES)
    def test_nobody_gets_in(self, server, name):
        server.expect_log("MP0011: cannot load the package mod_python")
        server.allow_log("AH0161[78]|ModuleNotFoundError|Traceback")
        assert is_refused(server.get(f"/{name}", auth=EGGS), (500,))


class TestBasicProvider:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        python = lines(BASIC, "Require valid-user", "PythonAuthProvider guard")
        server = serve_class(
            lines(
                location("/python", python, "AuthBasicProvider python"),
                location("/both", python, "AuthBasicProvider python file", PASSWORD_FILE),
                location("/named", python, "AuthBasicProvider python", "PythonAuthProvider guard::true"),
                location("/none", BASIC, "Require valid-user", "AuthBasicProvider python"),
            ),
            app="auth",
        )
        write_passwords(server, "joe")
        return server

    def test_true_lets_in(self, server):
        assert server.get("/python", auth=EGGS).text == "secret for eggs"

    @pytest.mark.parametrize(("auth", "message"), [(WRONG, "AH01617"), (HTTPBasicAuth("joe", "spam"), "AH01618")])
    def test_false_and_none_do_not(self, server, auth, message):
        server.expect_log(message)  # httpd tells a wrong password and an unknown user apart
        response = server.get("/python", auth=auth)
        assert is_refused(response, (401,))
        assert response.headers["WWW-Authenticate"] == 'Basic realm="Private"'

    def test_after_none_the_next_provider_is_asked(self, server):
        assert server.get("/both", auth=HTTPBasicAuth("joe", "spam")).text == "secret for joe"
        assert server.get("/both", auth=EGGS).text == "secret for eggs"

    @pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
    def test_users_are_text(self, server, encoding):
        auth = HTTPBasicAuth("käse".encode(encoding), b"spam")
        assert "käse" in server.get("/python", auth=auth).content.decode()

    def test_the_last_line_names_the_provider(self, server):
        assert server.get("/named", auth=HTTPBasicAuth("anyone", "")).text == "secret for anyone"

    def test_without_a_pythonauthprovider_nobody_gets_in(self, server):
        server.expect_log("MP0050: the provider python is asked, but no PythonAuthProvider is in effect here")
        server.allow_log("AH0161[78]")
        assert is_refused(server.get("/none", auth=EGGS))

    def test_in_htaccess(self, serve):
        server = serve(app="auth")
        server.write(
            ".htaccess", lines(BASIC, "Require valid-user", "AuthBasicProvider python", "PythonAuthProvider guard")
        )
        server.write("page.txt", "secret")
        assert server.get("/page.txt", auth=EGGS).text == "secret"
        assert is_refused(server.get("/page.txt"), (401,))


class TestDigestProvider:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        digest = lines(
            "AuthType Digest",
            "AuthName Private",
            "AuthDigestProvider python",
            "PythonAuthProvider guard",
            "Require valid-user",
        )
        return serve_class(location("/", digest), app="auth", modules=("auth_digest",))

    def test_the_right_password_lets_in(self, server):
        assert server.get("/", auth=HTTPDigestAuth("eggs", "spam")).text == "secret for eggs"

    @pytest.mark.parametrize(("user", "message"), [("eggs", "AH01794"), ("joe", "AH01790")])
    def test_anything_else_does_not(self, server, user, message):
        server.expect_log(message)
        assert is_refused(server.get("/", auth=HTTPDigestAuth(user, "wrong")), (401,))


REQUIREMENTS = [
    # for whom Require lines decide without a user: no AuthType, so no question
    ("Require python guard::yes", 200),
    ("Require python guard::no", 403),
    ("Require python guard::neutral", 403),
    ("<RequireAll>\nRequire python guard::yes\nRequire python guard::yes\n</RequireAll>", 200),
    ("<RequireAll>\nRequire python guard::yes\nRequire python guard::no\n</RequireAll>", 403),
    ("<RequireAll>\nRequire python guard::yes\nRequire python guard::neutral\n</RequireAll>", 200),
    ("<RequireAny>\nRequire python guard::no\nRequire python guard::yes\n</RequireAny>", 200),
    ("<RequireAny>\nRequire python guard::no\nRequire python guard::neutral\n</RequireAny>", 403),
    ("<RequireAll>\nRequire all granted\nRequire not python guard::no\n</RequireAll>", 200),
    ("<RequireAll>\nRequire all granted\nRequire not python guard::yes\n</RequireAll>", 403),
    ("<RequireAll>\nRequire all granted\n<RequireNone>\nRequire python guard::no\n</RequireNone>\n</RequireAll>", 200),
    ("<RequireAll>\nRequire all granted\n<RequireNone>\nRequire python guard::yes\n</RequireNone>\n</RequireAll>", 403),
    ("<RequireAll>\nRequire all granted\nRequire not python guard::fail\n</RequireAll>", 500),
    ("<RequireAny>\nRequire python guard::fail\nRequire python guard::yes\n</RequireAny>", 500),
]


class TestRequire:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        cases = (location(f"/{number}/", case) for number, (case, _) in enumerate(REQUIREMENTS))
        asking = lines(BASIC, "AuthBasicProvider python", "PythonAuthProvider guard", "AuthzSendForbiddenOnFailure On")
        users = location("/users", asking, "Require python guard::is_user joe eggs")
        others = location("/others", asking, "Require python guard::is_user joe")
        arguments = """Require python guard::show plain "two words" '' 'a "b"' caf\u00e9 ; #"""
        return serve_class(lines(*cases, users, others, location("/arguments", arguments)), app="auth")

    @pytest.mark.parametrize(("case", "status"), REQUIREMENTS)
    def test_in_combination(self, server, case, status):
        server.allow_log("AH01630|MP0100")
        assert server.get(f"/{REQUIREMENTS.index((case, status))}/").status_code == status

    def test_a_user_is_asked_for_when_one_may_help(self, server):
        response = server.get("/users")
        assert is_refused(response, (401,))
        assert "WWW-Authenticate" in response.headers
        assert server.get("/users", auth=EGGS).text == "secret for eggs"

    def test_the_wrong_user_is_refused(self, server):
        server.expect_log("AH01631")
        assert is_refused(server.get("/others", auth=EGGS), (403,))

    def test_arguments_are_split_as_httpd_does(self, server):
        arguments = server.get("/arguments").headers["Arguments"].encode("latin-1").decode()
        assert arguments == 'plain/two words//a "b"/café/;/#'

    def test_each_htaccess_has_its_own(self, serve):
        # Their lists take turns at the same addresses.
        server = serve(f'<Directory "${{DOCROOT}}">\n{CONTENT}\n</Directory>', app="auth", processes=1, threads=1)
        for name, verdict in (("open", "yes"), ("shut", "no")):
            server.write(f"{name}/.htaccess", f"Require python guard::{verdict}\n")
        server.allow_log("AH01630")
        assert [server.get(f"/{name}/").status_code for name in ("open", "shut") * 4] == [200, 403] * 4


class TestConfiguration:
    @pytest.mark.parametrize(
        ("line", "sentence"),
        [
            ("Require python", "Require python: write module::function, not ''"),
            ("Require python guard", "Require python: write module::function, not 'guard'"),
            ("Require python guard::", "Require python: write module::function, not 'guard::'"),
            ("Require python a..b::f", "Require python: write module::function, not 'a..b::f'"),
            ("PythonAuthProvider", "PythonAuthProvider: no handler is named"),
            ("PythonAuthProvider one two", "PythonAuthProvider: name one module or module::object"),
            ("PythonAuthProvider one | .py", "PythonAuthProvider: name one module or module::object"),
        ],
    )
    def test_a_wrong_line_is_refused_at_the_start(self, config_error, line, sentence):
        assert sentence in config_error(f"<Location />\n{line}\n</Location>")


@pytest.mark.local_only
class TestExample:
    """examples/auth-sqlite, as its configuration says."""

    EXAMPLE = REPOSITORY / "examples" / "auth-sqlite"

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        defines = f'Define AUTH_SQLITE "{cls.EXAMPLE}"\nDefine USERS "${{ROOT}}/users.db"'
        server = serve_class(lines(defines, f'Include "{cls.EXAMPLE}/auth-sqlite.conf"'), modules=("auth_digest",))
        for words in (("eggs", "spam", "editors"), ("joe", "eoj")):
            add = [sys.executable, cls.EXAMPLE / "users.py", server.root / "users.db", words[0], *words[2:]]
            subprocess.run(add, input=words[1], text=True, check=True, capture_output=True)
        return server

    def test_a_user_gets_in(self, server):
        assert "Welcome" in server.get("/private/", auth=HTTPBasicAuth("joe", "eoj")).text

    @pytest.mark.parametrize("auth", [None, HTTPBasicAuth("joe", "wrong"), HTTPBasicAuth("nobody", "eoj")])
    def test_others_do_not(self, server, auth):
        server.allow_log("AH0161[78]")
        assert server.get("/private/", auth=auth).status_code == 401

    def test_a_group_is_required(self, server):
        server.expect_log("AH01631")
        assert "Editors" in server.get("/private/editors/", auth=EGGS).text
        assert server.get("/private/editors/", auth=HTTPBasicAuth("joe", "eoj")).status_code == 403

    def test_a_missing_database_lets_nobody_in(self, serve):
        defines = f'Define AUTH_SQLITE "{self.EXAMPLE}"\nDefine USERS "${{ROOT}}/nosuch.db"'
        server = serve(lines(defines, f'Include "{self.EXAMPLE}/auth-sqlite.conf"'))
        server.expect_log("MP0100: provider users: .*unable to open database file")
        server.allow_log("AH0161[78]")
        assert server.get("/private/", auth=EGGS).status_code == 500
