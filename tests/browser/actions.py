"""What pages do besides calling ``fetch``: each a script, and what it reports.

All report ``blocked`` where they failed. No test and no expectation may live here.
"""

from tests.browser.call import Script
from tests.browser.font import make_font
from tests.support.exchange import HeaderPairs
from tests.support.upstream import answer_query

UPLOAD_BYTES = 2_000_000

_ELEMENT = """url => new Promise(resolve => {
  const element = Object.assign(document.createElement("TAG"), ATTRIBUTES);
  element.onload = () => { element.remove(); resolve("loaded"); };
  element.onerror = () => { element.remove(); resolve("blocked"); };
  element.ADDRESS = url;
  document.head.append(element);
})"""

_IMAGE = """url => new Promise(resolve => {
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

_FONT = """url =>
  new FontFace("probing", `url("${url}")`).load().then(() => "loaded", () => "blocked")"""

_FRAME = """url => new Promise(resolve => {
  const frame = document.createElement("iframe");
  frame.onload = () => {
    const [{ responseStatus }] = performance.getEntriesByName(url);
    resolve(String(responseStatus));
    frame.remove();
  };
  frame.src = url;
  document.body.append(frame);
})"""

_STREAM = """async url => {
  try {
    const response = await fetch(url);
    const reader = response.body.getReader();
    let pieces = 0;
    while (!(await reader.read()).done) pieces += 1;
    return `${response.status}, ${pieces} pieces`;
  } catch {
    return "blocked";
  }
}"""

_EVENTS = """url => new Promise(resolve => {
  const source = new EventSource(url, { withCredentials: true });
  const seen = [];
  source.onmessage = ({ data }) => {
    seen.push(data);
    if (seen.length < 2) return;
    source.close();
    resolve(seen.join(", "));
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) resolve("blocked");
  };
})"""

_WEB_SOCKET = """url => new Promise(resolve => {
  const socket = new WebSocket(url.replace(/^http/, "ws"));
  socket.onopen = () => socket.send("hello");
  socket.onmessage = ({ data }) => { resolve(data); socket.close(); };
  socket.onerror = () => resolve("blocked");
})"""

_UPLOAD = f"""url => new Promise(resolve => {{
  const form = new FormData();
  form.append("file", new Blob([new Uint8Array({UPLOAD_BYTES})]), "report.bin");
  const request = new XMLHttpRequest();
  let progressed = false;
  LISTEN
  request.onload = () => resolve(
    `${{request.status}}`
    + (request.status === 403 ? ` ${{JSON.parse(request.responseText).reason}}` : "")
    + (progressed ? ", progress seen" : ""));
  request.onerror = () => resolve("blocked");
  request.open("POST", url);
  request.send(form);
}})"""
_LISTEN = """request.upload.onprogress = ({ loaded, total }) => {
    progressed ||= loaded === total;
  };"""

_CROSSORIGIN = '{ crossOrigin: "anonymous" }'
_JAVASCRIPT = answer_query(more=(("content-type", "text/javascript"),), body="globalThis.ran = 1;")
_STYLE = answer_query(more=(("content-type", "text/css"),), body="p { color: red }")
_FONT_FILE = answer_query(more=(("content-type", "font/ttf"),), body=make_font())
_PICTURE = "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>"
_PICTURE_TYPE = ("content-type", "image/svg+xml")
_PIECES = answer_query(pieces=("one", "two", "three"))
_TWO_EVENTS = answer_query(
    more=(("content-type", "text/event-stream"), ("cache-control", "no-store")),
    pieces=("data: one\n\n", "data: two\n\n"),
)


def module_script(path: str) -> Script:
    """A module script, which needs CORS."""
    return Script("module script", _element("script", '{ type: "module" }'), path, _JAVASCRIPT)


def script(path: str) -> Script:
    """A classic script, which needs none."""
    return Script("script", _element("script", "{}"), path, _JAVASCRIPT)


def script_with_crossorigin(path: str) -> Script:
    """A classic script that wants CORS."""
    return Script("script with crossorigin", _element("script", _CROSSORIGIN), path, _JAVASCRIPT)


def style_sheet_with_crossorigin(path: str) -> Script:
    """A style sheet that wants CORS."""
    attributes = '{ rel: "stylesheet", crossOrigin: "anonymous" }'
    source = _element("link", attributes, "href")
    return Script("style sheet with crossorigin", source, path, _STYLE)


def font(path: str) -> Script:
    """A font, which needs CORS."""
    return Script("font", _FONT, path, _FONT_FILE)


def image(path: str, headers: HeaderPairs = ()) -> Script:
    """An image, whose pixels are hidden from the page; ``headers`` are the upstream's."""
    answer = answer_query(more=(_PICTURE_TYPE, *headers), body=_PICTURE)
    return Script("image", _IMAGE.replace("ATTRIBUTES", "{}"), path, answer)


def image_with_crossorigin(path: str, headers: HeaderPairs = ()) -> Script:
    """An image that wants CORS."""
    answer = answer_query(more=(_PICTURE_TYPE, *headers), body=_PICTURE)
    source = _IMAGE.replace("ATTRIBUTES", _CROSSORIGIN)
    return Script("image with crossorigin", source, path, answer)


def frame(path: str) -> Script:
    """A navigation of a frame of the same origin; reports the status."""
    return Script("navigate a frame to", _FRAME, path)


def stream(path: str) -> Script:
    """An answer in three pieces, read as they come."""
    return Script("read the stream of", _STREAM, path, _PIECES)


def events(path: str) -> Script:
    """Two server-sent events."""
    return Script("EventSource with credentials", _EVENTS, path, _TWO_EVENTS)


def web_socket(path: str) -> Script:
    """A message and its echo; reports the latter."""
    return Script("WebSocket", _WEB_SOCKET, path)


def upload(path: str) -> Script:
    """A form with a file of ``UPLOAD_BYTES``."""
    return Script("upload by XMLHttpRequest", _UPLOAD.replace("LISTEN", ""), path)


def watched_upload(path: str) -> Script:
    """Likewise, and the page is told how far it got."""
    source = _UPLOAD.replace("LISTEN", _LISTEN)
    return Script("upload by XMLHttpRequest, with progress", source, path)


def _element(tag: str, attributes: str, address: str = "src") -> str:
    source = _ELEMENT.replace("TAG", tag).replace("ATTRIBUTES", attributes)
    return source.replace("ADDRESS", address)
