"""CORS misconfigurations that somebody published, in the words of a policy.

Patterns that other software matches from the start only, or anywhere in the origin, are
written as whole expressions that accept the same origins.
"""

from dataclasses import dataclass

KETTLE = (
    "https://portswigger.net/research/exploiting-cors-misconfigurations-for-bitcoins-and-bounties"
)
ACADEMY = "https://portswigger.net/web-security/cors"
USENIX = "https://www.jianjunchen.com/publication/an-empirical-study-of-cors/"
CORSCANNER = "https://github.com/chenjj/CORScanner"
CORSTEST = "https://github.com/RUB-NDS/CORStest"
CORSY = "https://github.com/s0md3v/Corsy"
LEO = "https://www.corben.io/advanced-cors-techniques/"
CHEAT_SHEET = "https://github.com/PortSwigger/url-cheatsheet-data/issues"
VULNDB = "https://github.com/golang/vulndb/issues"
ADVISORIES = "https://github.com/advisories"


@dataclass(frozen=True, slots=True)
class Misconfiguration:
    """One mistake: where it was published, and the rule that must find it."""

    source: str
    what: str
    rule: str
    origins: tuple[str, ...] | None
    credentials: bool = False


def _with_cookies(source: str, what: str, rule: str, *origins: str) -> Misconfiguration:
    return Misconfiguration(source, what, rule, origins, credentials=True)


def _without(source: str, what: str, rule: str, *origins: str) -> Misconfiguration:
    return Misconfiguration(source, what, rule, origins)


_ANY = "any-origin-with-credentials"
_OTHER = "regex-hostile-match"
_SUFFIX = "public-suffix"

MISCONFIGURATIONS = (
    # Research and scanners
    _with_cookies(KETTLE, "every origin is reflected", _ANY, "*"),
    _with_cookies(KETTLE, "null is trusted", "null-origin", "null"),
    _with_cookies(KETTLE, "domains that begin so", _OTHER, r"~https://btc\.net.*"),
    _with_cookies(KETTLE, "https trusts http", "insecure-origin", "http://www.example.com"),
    _with_cookies(ACADEMY, "domains that end so", _OTHER, r"~https://.*normal-website\.com"),
    _with_cookies(ACADEMY, "and begin so", _OTHER, r"~https://normal-website\.com.*"),
    _with_cookies(
        ACADEMY,
        "any subdomain, one of which has a hole",
        "all-subdomains-with-credentials",
        "https://*.vulnerable-website.com",
    ),
    _without(USENIX, "prefix matching", _OTHER, r"~https://www\.example\.com.*"),
    _without(USENIX, "suffix matching", _OTHER, r"~https?://.*example\.com"),
    _without(USENIX, "dots not escaped", _OTHER, r"~https://www.example\.com"),
    _without(USENIX, "substring matching", _OTHER, r"~https?://.*example.*"),
    _with_cookies(USENIX, "http subdomains", "insecure-origin", "http://*.example.com"),
    _without(CORSCANNER, "Substring match: example.co", _OTHER, r"~https://example\.co.*"),
    _without(CORSCANNER, "Not_escape_dot, the last one", _OTHER, r"~https://www\.example.com"),
    _with_cookies(
        CORSCANNER,
        "Trust_any_subdomain",
        "all-subdomains-with-credentials",
        r"~https://[a-z0-9-]+\.example\.com",
    ),
    _without(CORSCANNER, "custom_third_parties", _SUFFIX, "https://*.github.io"),
    _without(CORSCANNER, "custom_third_parties", _SUFFIX, "https://*.s3.amazonaws.com"),
    _without(CORSTEST, "pre-domain wildcard", _OTHER, r"~https://[a-z]*domain\.com"),
    _without(CORSTEST, "post-domain wildcard", _OTHER, r"~https://domain\.com(\..*)?"),
    _without(CORSTEST, "null misconfiguration", "null-origin", "null", "https://a.example.com"),
    _without(CORSTEST, "non-ssl sites allowed", "insecure-origin", "http://domain.com"),
    _without(CORSTEST, "several origins in one", "origin-syntax", "https://a.com https://b.com"),
    _without(CORSTEST, "wildcard within a name", "origin-syntax", "https://domain.*"),
    _without(CORSY, "pre-domain bypass", _OTHER, r"~https?://[\w-]*target\.com"),
    _without(CORSY, "backtick bypass", "regex-loose", r"~https://target\.com([^\w.-].*)?"),
    _without(CORSY, "http allowance", "insecure-origin", r"~https?://target\.com"),
    _without(
        LEO,
        "special characters behind the domain, the underscore in every browser",
        _OTHER,
        r"~^https?:\/\/(.*\.)?xxe\.sh([^\.\-a-zA-Z0-9]+.*)?",
    ),
    _without(f"{CHEAT_SHEET}/2", "localhost as a prefix", _OTHER, r"~https?://localhost.*"),
    _without(f"{CHEAT_SHEET}/3", "dots not escaped", _OTHER, r"~https://vulnerable.test\.com"),
    # CVEs and advisories
    _without(
        f"{ADVISORIES}/GHSA-2j9c-9vmv-7m39",
        "CVE-2017-11173, rack-cors: no anchor at the end",
        _OTHER,
        r"~https?://example\.com.*",
    ),
    _with_cookies(
        f"{VULNDB}/1237", "CVE-2017-20146, gorilla/handlers: reflected", _ANY, r"~https?://.*"
    ),
    _with_cookies(f"{VULNDB}/1792", "CVE-2018-20744, rs/cors: * reflected", _ANY, "*"),
    _without(
        f"{VULNDB}/2955",
        "CVE-2019-25211, gin-contrib/cors: example.community for example.com/*",
        _OTHER,
        r"~https://example\.com.*",
    ),
    _without(
        f"{VULNDB}/2955",
        "CVE-2019-25211, gin-contrib/cors: localhost.example.com for localhost/*",
        _OTHER,
        r"~http://localhost[^/]*",
    ),
    Misconfiguration(
        "https://github.com/socketio/socket.io/issues/3671",
        "CVE-2020-28481, socket.io: all domains by default",
        _ANY,
        None,
        credentials=True,
    ),
    _with_cookies(f"{VULNDB}/2574", "CVE-2024-25124, Fiber: * with credentials", _ANY, "*"),
    _without(
        f"{VULNDB}/2624",
        "CVE-2024-27302, go-zero: compared as a suffix",
        _OTHER,
        r"~.*example\.com",
    ),
    _without(
        "https://github.com/ashleysommer/sanic-cors/pull/68",
        "CVE-2026-37737, sanic-cors: no anchor at the end",
        _OTHER,
        r"~https://trusted\.com.*",
    ),
    _without(
        f"{VULNDB}/2806",
        "GHSA-vhxv-fg4m-p2w8, jub0bs/cors: barfoo.com for foo.com and bar.com",
        _OTHER,
        r"~https://[a-z]*foo\.com",
    ),
    _without(
        "https://github.com/Kludex/starlette/pull/801",
        "no anchor at the end",
        _OTHER,
        r"~https://.*\.example\.org.*",
    ),
    # Reports
    _with_cookies("https://github.com/rs/cors/issues/197", "h* with credentials", _ANY, "~h.*"),
    _without(
        "https://github.com/expressjs/cors/pull/412",
        "documented as /example.com$/",
        _OTHER,
        "~.*example.com",
    ),
    _without(
        "https://github.com/expressjs/cors/pull/412",
        "its correction, with a dot not escaped",
        _OTHER,
        r"~https?:\/\/(.+\.)?example.com",
    ),
    _without(
        "https://github.com/cyu/rack-cors/issues/86",
        "example.co finds example.com",
        _OTHER,
        r"~.*https:\/\/example\.co.*",
    ),
    _without(
        "https://github.com/monsur/enable-cors.org/pull/75",
        "no boundary before the domain",
        _OTHER,
        r"~https?://.*mckinsey\.com(:[0-9]+)?",
    ),
    _without(
        "https://github.com/gotify/server/issues/1052",
        "no anchors",
        _OTHER,
        r"~.*https://gotify\.example\.com.*",
    ),
    _without(
        "https://github.com/jsdelivr/globalping/pull/851",
        "a dot not escaped",
        _OTHER,
        r"~^https:\/\/(?:[\w-]+\.)*globalping.io$",
    ),
    _without(
        "https://github.com/google/clusterfuzz/pull/5303",
        "dots not escaped",
        _OTHER,
        "~https?://(.*-dot-)?test-client-site.appspot.com",
    ),
    _without(
        "https://github.com/openscan-explorer/explorer/pull/364",
        "a name that any tenant can take",
        _SUFFIX,
        r"~https://[a-z0-9-]+--openscan\.netlify\.app",
    ),
    _without(
        "https://github.com/solana-foundation/solana-developer-platform/pull/925",
        "https://*.vercel.app made an expression without escapes",
        _OTHER,
        "~^https://.*.vercel.app$",
    ),
    _with_cookies(
        "https://github.com/PxA-Labs/AutoMaintainer/pull/242",
        "every tenant of a host of previews",
        _SUFFIX,
        r"~^https:\/\/.*\.vercel\.app$",
    ),
    _without(
        "https://github.com/acmucsd/membership-portal/pull/72",
        "fakeacmucsd.com",
        _OTHER,
        "~.*acmucsd.com",
    ),
    _without(
        "https://github.com/npmx-dev/npmx.dev/pull/1794",
        "dots of an address not escaped",
        "regex-loose",
        r"~^http:\/\/127.0.0.1:\d+$",
    ),
    _without(
        "https://github.com/hangwin/mcp-chrome/issues/384",
        "127.0.0.1.evil.com",
        _OTHER,
        r"~http://127\.0\.0\.1.*",
    ),
    _with_cookies(
        "https://github.com/Shivayan09/Vector/issues/709",
        "http beside https",
        "insecure-origin",
        "https://vector-lac.vercel.app",
        "http://vector-lac.vercel.app",
    ),
    _with_cookies(
        "https://github.com/octos-org/octos/issues/192",
        "any subdomain, one of which may be taken over",
        "all-subdomains-with-credentials",
        "https://*.ominix.io",
    ),
)
