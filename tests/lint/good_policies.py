"""Policies that nothing is wrong with: lint has nothing to say of any of them."""

from typing import Any

COOKIES = {"allowCredentials": True}

GOOD_POLICIES: tuple[tuple[tuple[str, ...] | None, dict[str, Any]], ...] = (
    # Everybody, without cookies
    (None, {}),
    (("*",), {}),
    (None, {"allowedHeaders": ["*", "authorization"], "exposedHeaders": ["*"]}),
    (None, {"allowedMethods": ["GET", "HEAD"], "maxAge": 86400}),
    (None, {"acknowledge": ["websocket-any-origin"]}),
    # Nobody
    ((), {}),
    ((), COOKIES),
    # Origins one by one
    (("https://shop.example.com",), COOKIES),
    (("shop.example.com", "https://shop.example.org:8443"), COOKIES),
    (("https://github.io",), COOKIES),
    (("https://team.github.io", "https://docs.readthedocs.io"), COOKIES),
    (("https://xn--mnchen-3ya.example",), COOKIES),
    (("https://192.0.2.7:8443", "https://[2001:db8::7]"), COOKIES),
    (("https://intranet", "https://wiki.corp.internal"), COOKIES),
    (("chrome-extension://abcdefghijklmnopabcdefghijklmnop",), COOKIES),
    (("capacitor://localhost", "ionic://localhost", "app://shop"), COOKIES),
    # This machine
    (("http://localhost", "http://localhost:3000"), COOKIES),
    (("http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"), COOKIES),
    (("http://*.localhost:*", "http://app.localhost"), COOKIES),
    ((r"~https?://localhost(:[0-9]+)?",), COOKIES),
    ((r"~http://(localhost|127\.0\.0\.1|\[::1\]):[0-9]{2,5}",), COOKIES),
    ((r"~http://[a-z0-9-]+\.localhost:3000",), COOKIES),
    # Subdomains
    (("https://*.example.com",), {}),
    (("https://*.example.com:8443", "https://*.example.co.uk:*"), {}),
    (("https://*.team.github.io",), {}),
    (("https://*.corp.internal", "https://*.internal"), {}),
    (("https://*.example.com",), {**COOKIES, "acknowledge": ["all-subdomains-with-credentials"]}),
    # Expressions
    ((r"~https://pr-[0-9]+\.preview\.example\.com",), COOKIES),
    ((r"~^https://pr-[0-9]+\.preview\.example\.com$",), COOKIES),
    ((r"~(?i)https://PR-[0-9]+\.example\.com",), COOKIES),
    ((r"~https://(shop|api|www)\.example\.com",), COOKIES),
    ((r"~https://example\.(com|net|org|co\.uk)",), COOKIES),
    ((r"~https://(www\.)?example\.com(:8443)?",), COOKIES),
    ((r"~https://shop[12]\.example\.com",), COOKIES),
    ((r"~https:\/\/shop\.example\.com",), COOKIES),
    ((r"~\Qhttps://shop.example.com\E(:[0-9]+)?",), COOKIES),
    ((r"~https://[a-z0-9-]+\.example\.com",), {}),
    ((r"~https://([a-z0-9-]+\.)*example\.com",), {}),
    ((r"~https://([a-z0-9-]+\.)+example\.co\.uk(:[0-9]+)?",), {}),
    ((r"~https://[[:alnum:]]+-api\.example\.com",), COOKIES),
    ((r"~https://[^.]+\.example\.com",), {}),
    ((r"~https://\w+\.team\.github\.io",), {}),
    ((r"~https://[a-z0-9-]+\.corp\.internal",), {}),
    ((r"~https://deploy-[0-9a-f]{8}\.team\.vercel\.app",), COOKIES),
    ((r"~https://node-[0-9]{1,3}\.eu\.example\.com\.?",), COOKIES),
    ((r"~chrome-extension://[a-p]{32}",), {}),
    ((r"~https://10\.0\.[0-9]{1,3}\.[0-9]{1,3}(:[0-9]+)?",), COOKIES),
    ((r"~https://shop\.example\.com|https://shop\.example\.org",), COOKIES),
    # Other fields
    (
        ("https://a.example",),
        {**COOKIES, "allowedMethods": ["GET", "PATCH", "LINK", "X-custom"]},
    ),
    (("https://a.example",), {**COOKIES, "exposedHeaders": ["x-total", "ETag"]}),
    (("https://a.example",), {"requireOriginHeader": False, "mode": "reportOnly"}),
)
