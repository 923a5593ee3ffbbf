"""Questions about TLS, asked of a server with mod_ssl."""

import subprocess

import pytest
from remote import CONFIG, Remote

pytestmark = [pytest.mark.local_only, pytest.mark.needs("openssl")]

TLS = """
SSLEngine on
SSLSessionCache none
SSLCertificateFile "{certificate}"
SSLCertificateKeyFile "{key}"
PythonPostReadRequestHandler evaluate::phase
"""


class Https:
    """Sends requests as the server itself does, but encrypted."""

    def __init__(self, server, certificate):
        self.server = server
        self.certificate = str(certificate)

    def request(self, method, path, **options):
        with self.server.session() as session:
            return session.request(
                method, f"https://127.0.0.1:{self.server.port}{path}", verify=self.certificate, **options
            )


@pytest.fixture(scope="module")
def python(serve_module, tmp_path_factory):
    directory = tmp_path_factory.mktemp("tls")
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    config = TLS.format(key=key, certificate=certificate) + CONFIG
    return Remote(Https(serve_module(config, app="api", modules=("socache_shmcb", "ssl")), certificate))


def test_the_connection_is_encrypted(python):
    assert python("req.is_https()") is True


def test_that_is_known_in_the_first_phase(python):
    early = "req.early = req.is_https(), req.ssl_var_lookup('HTTPS'); None"
    assert python("req.early", PythonPostReadRequestHandler=early) == (True, "on")


@pytest.mark.parametrize(
    ("name", "value"), [("HTTPS", "on"), ("SSL_SERVER_S_DN_CN", "localhost"), ("REQUEST_METHOD", "GET")]
)
def test_a_variable_has_a_value(python, name, value):
    assert python(f"req.ssl_var_lookup({name!r})") == value
    assert python(f"req.ssl_var_lookup({name.encode()!r})") == value


def test_the_protocol_is_known(python):
    assert python("req.ssl_var_lookup('SSL_PROTOCOL')").startswith("TLSv1.")


@pytest.mark.parametrize("name", ["SSL_NO_SUCH_THING", "NONSENSE", "SSL_CLIENT_S_DN", ""])
def test_what_is_unknown_or_not_there_is_none(python, name):
    assert python(f"req.ssl_var_lookup({name!r})") is None


def test_a_name_is_text(python):
    with pytest.raises(TypeError):
        python("req.ssl_var_lookup(5)")


def test_urls_and_environments_say_https(python):
    assert python("req.construct_url('/a')") == f"https://127.0.0.1:{python.server.server.port}/a"
    assert python("req.build_wsgi_env()['wsgi.url_scheme']") == "https"
    assert python("req.add_cgi_vars(); req.subprocess_env['HTTPS']") == "on"


def test_beside_mod_ssl_a_plain_connection_is_plain(serve):
    python = Remote(serve(CONFIG, app="api", modules=("socache_shmcb", "ssl")))
    assert python("req.is_https(), req.ssl_var_lookup('HTTPS'), req.ssl_var_lookup('SSL_PROTOCOL')") == (
        False,
        "off",
        None,
    )
