// Makes the calls, one after the other, and shows what the browser let through beside what
// the page's own server read in the decision log.

const { api, pastEnvoy } = document.body.dataset;
const JSON_BODY = { headers: { "content-type": "application/json" }, body: '{"item": "cup"}' };

const CALLS = [
  { title: "Read the orders past Envoy", note: "Straight to the API, whose own CORS headers let everybody in",
    base: pastEnvoy, path: "/orders" },
  { title: "Read the orders", path: "/orders" },
  { title: "Read the orders with cookies", note: "credentials: include", path: "/orders", options: { credentials: "include" } },
  { title: "Place an order", note: "JSON, so the browser asks first", method: "POST", path: "/orders", options: JSON_BODY },
  { title: "Place an order as a form would", note: "Text and cookies: the browser does not ask first", method: "POST", path: "/orders",
    options: { body: "item=cup", credentials: "include" } },
  { title: "Send the header x-client", note: "And read x-total-count", path: "/orders", options: { headers: { "x-client": "demo" } } },
  { title: "Send the header x-debug", path: "/orders", options: { headers: { "x-debug": "1" } } },
  { title: "Change an order", method: "PUT", path: "/orders/1", options: JSON_BODY },
  { title: "Delete an order", method: "DELETE", path: "/orders/1" },
  { title: "Read the public catalogue", note: "Open to every origin", path: "/public/catalogue" },
  { title: "Add to the public catalogue", note: "Open for reading only", method: "POST", path: "/public/catalogue", options: { body: "cup" } },
  { title: "Read a report", note: "Its policy is headersOnly", path: "/reports/today" },
  { title: "Write an invoice", note: "A policy for reading only is on trial: reportOnly", method: "POST", path: "/invoices", options: JSON_BODY },
  { title: "Open a WebSocket", path: "/live", webSocket: true },
];

const SOCKET_PATIENCE_MS = 5000;

const REASONS = {
  allowed: "",
  no_group: "it belongs to no API group",
  origin_not_allowed: "no policy accepts this origin",
  protocol_not_allowed: "HTTP version not allowed",
  method_not_allowed: "method not allowed",
  header_not_allowed: "header not allowed",
};

function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

const methodOf = (call) => call.method ?? "GET";

async function decisionsSince(after, call) {
  const query = after === undefined ? "" : `?${new URLSearchParams({ after, method: methodOf(call), path: call.path })}`;
  return (await fetch(`/decisions${query}`)).json();
}

// What the script got to see: a response, a message, or only that something went wrong.
async function attempt(call) {
  if (call.webSocket) return openSocket(call);
  try {
    const response = await fetch((call.base ?? api) + call.path, { method: methodOf(call), ...call.options });
    return { status: response.status, total: response.headers.get("x-total-count"), content: await response.json() };
  } catch {
    return {};
  }
}

function openSocket(call) {
  return new Promise((resolve) => {
    const socket = new WebSocket(api.replace("http:", "ws:") + call.path);
    const settle = (seen) => { clearTimeout(timer); resolve(seen); socket.close(); };
    const timer = setTimeout(() => settle({}), SOCKET_PATIENCE_MS);
    socket.onmessage = (event) => settle({ message: event.data });
    socket.onerror = () => settle({});
  });
}

// [style, result, detail] for the browser's column.
function explain(seen, decisions) {
  if (seen.message) return ["yes", "Open", `It received: ${seen.message}`];
  if (seen.status >= 400) return ["half", `Refused with ${seen.status}`, `The page may read why: ${seen.content.reason}`];
  if (seen.status) {
    const total = seen.total ? `x-total-count ${seen.total}` : "x-total-count hidden";
    const cookie = seen.content.sawCookie ? "; cookie sent" : "";
    return ["yes", `The page reads the answer, ${seen.status}`, `${JSON.stringify(seen.content.data)}; ${total}${cookie}`];
  }
  const last = decisions.at(-1);
  if (!last) return ["no", "Blocked", "No decision was found; is the demo still running?"];
  if (last.kind === "preflight") return ["no", "Not sent", "The browser asked first and was told no"];
  if (last.reachedApi) return ["no", "Kept from the page", "The API answered; the browser kept the answer"];
  return ["no", last.kind === "websocket" ? "Not opened" : "Turned away", "It was sent, but refused before the API"];
}

const VERDICT_STYLES = { allow: "yes", deny: "no", withhold: "half" };

// For example "method not allowed, by storefront".
function because({ reason, policy }) {
  const words = REASONS[reason] ?? reason;
  if (!policy) return words;
  return words ? `${words}, by ${policy}` : `by ${policy}`;
}

function titleOf({ verdict, kind }) {
  if (verdict === "withhold") return "Withhold the headers";
  return `${verdict === "allow" ? "Allow" : "Deny"} the ${kind === "preflight" ? "preflight" : "request"}`;
}

function decisionItem(decision) {
  const item = element("li", "",
    element("p", `result ${VERDICT_STYLES[decision.verdict]}`, titleOf(decision)),
    element("p", "detail", because(decision)));
  const { shadow } = decision;
  if (shadow && shadow.verdict !== decision.verdict) {
    item.append(element("p", "detail", `on trial: would ${shadow.verdict}, ${because(shadow)}`));
  }
  return item;
}

function decided(call, decisions) {
  if (call.base) return element("p", "detail", "Was not asked");
  const items = decisions.map(decisionItem);
  const asked = decisions.some((decision) => decision.kind === "preflight");
  if (call.options?.headers && !asked && items.length) {
    items.unshift(element("li", "detail", "The browser remembers its preflight"));
  }
  const reached = decisions.some((decision) => decision.reachedApi);
  items.push(element("li", "detail", reached ? "The API got the request" : "The API never heard of it"));
  return element("ul", "", ...items);
}

async function run(call, row) {
  const { latest } = await decisionsSince();
  const seen = await attempt(call);
  const { decisions } = call.base ? { decisions: [] } : await decisionsSince(latest, call);
  const [style, result, detail] = explain(seen, decisions);
  row.browser.replaceChildren(element("p", `result ${style}`, result), element("p", "detail", detail));
  row.decided.replaceChildren(decided(call, decisions));
  return style === "yes";
}

// Roles and labels are spelled out because narrow screens show the table as blocks.
function cell(name, role, label) {
  const made = element(name);
  made.setAttribute("role", role);
  if (label) made.dataset.label = label;
  return made;
}

function addRow(call) {
  const verb = call.webSocket ? "WebSocket" : methodOf(call);
  const head = cell("th", "rowheader");
  head.scope = "row";
  head.append(element("strong", "", call.title), element("code", "", `${verb} ${call.path}`));
  if (call.note) head.append(element("small", "", call.note));
  const row = { browser: cell("td", "cell", "The browser"), decided: cell("td", "cell", "cors-authz") };
  const line = cell("tr", "row");
  line.append(head, row.browser, row.decided);
  document.querySelector("#calls").append(line);
  return row;
}

const rows = CALLS.map(addRow);
const button = document.querySelector("#run");
const progress = document.querySelector("#progress");

async function runAll() {
  button.disabled = true;
  progress.textContent = "Calling the API …";
  try {
    let readable = 0;
    for (const [index, call] of CALLS.entries()) readable += await run(call, rows[index]);
    progress.textContent = `${CALLS.length} calls made; the page could use the answers to ${readable}.`;
  } catch {
    progress.textContent = "This page's server does not answer. Is the demo still running?";
  }
  button.disabled = false;
}

button.addEventListener("click", runAll);
await runAll();
