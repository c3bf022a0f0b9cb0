"""What pages embed: module scripts, fonts, images, style sheets. Some of it needs CORS."""

import pytest

from tests.browser.call import Script
from tests.browser.expectation import Case, Prove, answered, refused, withheld
from tests.browser.font import make_font
from tests.browser.origins import EVIL, SHOP, TRANSPORTS, Transport
from tests.support.upstream import answer_query

_ELEMENT = """url => new Promise(resolve => {
  const element = Object.assign(document.createElement("TAG"), ATTRIBUTES);
  element.onload = () => { element.remove(); resolve("loaded"); };
  element.onerror = () => { element.remove(); resolve("blocked"); };
  element.ADDRESS = url;
  document.head.append(element);
})"""

_PIXELS = """url => new Promise(resolve => {
  const image = Object.assign(new Image(), ATTRIBUTES);
  image.onerror = () => resolve("blocked");
  image.onload = () => {
    const context = document.createElement("canvas").getContext("2d");
    context.drawImage(image, 0, 0);
    try {
      context.getImageData(0, 0, 1, 1);
      resolve("shown, pixels readable");
    } catch (error) {
      resolve(`shown, pixels hidden: ${error.name}`);
    }
  };
  image.src = url;
})"""

_FONT = """url => new FontFace("probing", `url("${url}")`).load().then(() => "loaded", () => "blocked")"""

_CROSSORIGIN = '{ crossOrigin: "anonymous" }'
_JAVASCRIPT = answer_query(more=(("content-type", "text/javascript"),), body="globalThis.ran = 1;")
_STYLE = answer_query(more=(("content-type", "text/css"),), body="p { color: red }")
_FONT_FILE = answer_query(more=(("content-type", "font/ttf"),), body=make_font())
_PICTURE = answer_query(
    more=(("content-type", "image/svg+xml"),),
    body="<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>",
)


def _element(tag: str, attributes: str, address: str = "src") -> str:
    source = _ELEMENT.replace("TAG", tag).replace("ATTRIBUTES", attributes)
    return source.replace("ADDRESS", address)


def _module(path: str) -> Script:
    return Script("module script", _element("script", '{ type: "module" }'), path, _JAVASCRIPT)


def _script(path: str) -> Script:
    return Script("script", _element("script", "{}"), path, _JAVASCRIPT)


def _script_with_crossorigin(path: str) -> Script:
    return Script("script with crossorigin", _element("script", _CROSSORIGIN), path, _JAVASCRIPT)


def _style_with_crossorigin(path: str) -> Script:
    attributes = '{ rel: "stylesheet", crossOrigin: "anonymous" }'
    return Script(
        "style sheet with crossorigin", _element("link", attributes, "href"), path, _STYLE
    )


def _image(path: str) -> Script:
    return Script("image", _PIXELS.replace("ATTRIBUTES", "{}"), path, _PICTURE)


def _image_with_crossorigin(path: str) -> Script:
    source = _PIXELS.replace("ATTRIBUTES", _CROSSORIGIN)
    return Script("image with crossorigin", source, path, _PICTURE)


def _font(path: str) -> Script:
    return Script("font", _FONT, path, _FONT_FILE)


_WITH_CORS = [
    (_module, "loaded"),
    (_script_with_crossorigin, "loaded"),
    (_style_with_crossorigin, "loaded"),
    (_font, "loaded"),
    (_image_with_crossorigin, "shown, pixels readable"),
]
_WITHOUT_CORS = [(_script, "loaded"), (_image, "shown, pixels hidden: SecurityError")]

RESOURCES = [
    *(
        Case("a listed origin", SHOP, make("/reader"), answered("GET", "reader", result))
        for make, result in _WITH_CORS
    ),
    *(
        Case("a foreign origin", EVIL, make("/reader"), refused("GET", "origin_not_allowed"))
        for make, _ in _WITH_CORS
    ),
    *(
        Case(
            "a foreign origin, headersOnly",
            EVIL,
            make("/headers-only"),
            withheld("GET", "origin_not_allowed"),
        )
        for make, _ in _WITH_CORS
    ),
    *(
        Case(
            "a foreign origin, without crossorigin: no Origin is sent",
            EVIL,
            make("/reader"),
            answered("GET", None, result, kind="non_cors"),
        )
        for make, result in _WITHOUT_CORS
    ),
]


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", RESOURCES, ids=lambda case: f"{case.call} for {case}")
def test_what_pages_embed_needs_a_grant_where_it_needs_cors(
    prove: Prove, case: Case, transport: Transport
) -> None:
    prove("Embedded resources", case, transport)
