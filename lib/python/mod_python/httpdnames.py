"""Names of httpd's and mod_python's directives, and what is special about some of them; data only."""

from __future__ import annotations

from typing import Final

_HTTPD = """
AcceptFilter AcceptPathInfo AccessFileName Action AddCharset AddDefaultCharset AddDescription AddEncoding AddHandler
AddIcon AddInputFilter AddLanguage AddOutputFilter AddOutputFilterByType AddType Alias AliasMatch AllowEncodedSlashes
AllowMethods AllowOverride AllowOverrideList AuthBasicAuthoritative AuthBasicFake AuthBasicProvider AuthDigestDomain
AuthDigestProvider AuthFormProvider AuthGroupFile AuthMerging AuthName AuthType AuthUserFile BrowserMatch
BrowserMatchNoCase BufferedLogs CGIPassAuth CacheDisable CacheEnable CacheRoot CoreDumpDirectory CustomLog
DefaultLanguage DefaultRuntimeDir DefaultType Define DeflateCompressionLevel DirectoryIndex DirectorySlash DocumentRoot
EnableMMAP EnableSendfile Error ErrorDocument ErrorLog ErrorLogFormat ExpiresActive ExpiresByType ExpiresDefault
ExtendedStatus FallbackResource FileETag FilterChain FilterDeclare FilterProvider ForceType GlobalLog
GracefulShutdownTimeout Group H2Direct Header HostnameLookups HttpProtocolOptions Include IncludeOptional IndexIgnore
IndexOptions KeepAlive KeepAliveTimeout LanguagePriority LimitInternalRecursion LimitRequestBody LimitRequestFields
LimitRequestFieldSize LimitRequestLine Listen ListenBacklog LoadFile LoadModule LockFile LogFormat LogLevel MaxClients
MaxConnectionsPerChild MaxKeepAliveRequests MaxMemFree MaxRanges MaxRequestWorkers MaxRequestsPerChild MaxSpareServers
MaxSpareThreads MaxThreadsPerChild MergeSlashes MergeTrailers MinSpareServers MinSpareThreads Mutex NameVirtualHost
NumServers Options PassEnv PidFile Protocols ProtocolsHonorOrder ProxyAddHeaders ProxyBlock ProxyPass ProxyPassMatch
ProxyPassReverse ProxyPreserveHost ProxyRequests ProxySet ProxyTimeout ProxyVia ReceiveBufferSize Redirect RedirectMatch
RedirectPermanent RedirectTemp RegisterHttpMethod RemoteIPHeader RemoteIPInternalProxy RemoteIPTrustedProxy
RemoveHandler RemoveInputFilter RemoveOutputFilter RemoveType RequestHeader RequestReadTimeout Require RewriteBase
RewriteCond RewriteEngine RewriteMap RewriteOptions RewriteRule Satisfy ScoreBoardFile ScriptAlias ScriptAliasMatch
SendBufferSize ServerAdmin ServerAlias ServerLimit ServerName ServerPath ServerRoot ServerSignature ServerTokens SetEnv
SetEnvIf SetEnvIfExpr SetEnvIfNoCase SetHandler SetInputFilter SetOutputFilter SSLCertificateFile
SSLCertificateKeyFile SSLCipherSuite SSLEngine SSLOptions SSLProtocol SSLRequireSSL SSLSessionCache SSLVerifyClient
StartServers StartThreads Substitute Suexec ThreadLimit ThreadsPerChild Timeout TraceEnable TransferLog TypesConfig
UnDefine UnsetEnv Use UseCanonicalName UseCanonicalPhysicalPort User UserDir XBitHack
"""

_MOD_PYTHON = """
PythonAccessHandler PythonAllowHtaccess PythonAuthenHandler PythonAuthzHandler PythonAutoReload PythonCleanupHandler
PythonConnectionHandler PythonDebug PythonDebugPublic PythonEnablePdb PythonFixupHandler PythonHandler
PythonHandlerModule PythonHeaderParserHandler PythonHome PythonImport PythonInitHandler PythonInputFilter
PythonInterpPerDirective PythonInterpPerDirectory PythonInterpreter PythonLogHandler PythonMapToStorageHandler
PythonOptimize PythonOption PythonOutputFilter PythonPath PythonPostReadRequestHandler PythonRequestTimeout
PythonStatus PythonTransHandler PythonTypeHandler
"""

DIRECTIVES: Final = frozenset((_HTTPD + _MOD_PYTHON).split())

CONTAINERS: Final = frozenset(
    """
AuthnProviderAlias AuthzProviderAlias Directory DirectoryMatch Else ElseIf Files FilesMatch If IfDefine IfDirective
IfFile IfModule IfSection IfVersion Limit LimitExcept Location LocationMatch Macro Proxy ProxyMatch RequireAll
RequireAny RequireNone VirtualHost
""".split()
)

# They take exactly one argument, so a text with spaces can only mean one with quotes around it.
ONE_ARGUMENT: Final = frozenset(
    """
AuthGroupFile AuthName AuthUserFile CacheRoot CoreDumpDirectory DefaultRuntimeDir DocumentRoot ErrorLog Include
IncludeOptional LockFile PidFile PythonHome PythonInterpreter PythonPath SSLCertificateFile SSLCertificateKeyFile
ScoreBoardFile ServerPath ServerRoot TypesConfig
Directory DirectoryMatch Files FilesMatch Location LocationMatch Proxy ProxyMatch
""".split()
)

# A backslash in them belongs to a regular expression, a format or an expression, not to a path.
KEEPS_BACKSLASHES: Final = frozenset(
    """
AliasMatch BrowserMatch BrowserMatchNoCase Define DirectoryMatch ElseIf ErrorLogFormat FilesMatch Header If
LocationMatch LogFormat ProxyMatch ProxyPassMatch PythonPath RedirectMatch RequestHeader Require RewriteCond
RewriteRule ScriptAliasMatch SetEnvIf SetEnvIfExpr SetEnvIfNoCase Substitute
""".split()
)

# The words of a directive without any.
DEFAULTS: Final = {"PythonInterpPerDirectory": ("Off",), "PythonInterpPerDirective": ("Off",)}
