// The page: asks the API now and then, and shows what it says.

import { explain, get } from "./api.js";
import { byId, code, element, pairs, show, tags } from "./dom.js";
import { explanation } from "./explanation.js";

const POLL_MS = 2000;
const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const moment = (seconds) => time.format(new Date(seconds * 1000));
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

let shownRevision = null;

async function showStatus() {
  let status;
  try {
    status = await get("/api/v1/status");
  } catch (error) {
    show(byId("summary"), `The server does not answer: ${error.message}`);
    return;
  }
  const reload = status.lastReload;
  const trouble = reload && !reload.succeeded ? " The last change was refused; the set before it stays in force." : "";
  show(byId("summary"), status.revision === null ? "No policy set is in force yet."
    : element("span", {}, "Revision ", code(status.revision), ` with ${status.groups} groups and `
      + `${status.policies} policies is in force.${status.draining ? " The server is draining." : ""}`,
    element("span", { class: "deny" }, trouble)));
  show(byId("facts"), ...pairs([
    ["Revision", status.revision === null ? null : code(status.revision)],
    ["Since", status.since === null ? null : moment(status.since)],
    ["Last reload", reload === null ? null : `${reload.succeeded ? "succeeded" : "failed"}, ${moment(reload.at)}, revision ${reload.revision}`],
    ["Problem", reload === null ? null : reload.problem],
  ]).childNodes);
  showFindings(reload === null ? [] : reload.findings);
  show(byId("workers").tBodies[0], ...status.workers.map((worker) => element("tr", {},
    element("td", {}, worker.index), element("td", {}, code(worker.address)),
    element("td", {}, worker.problem ?? worker.state), element("td", {}, code(worker.revision ?? "-")),
    element("td", {}, worker.checks), element("td", {}, worker.restarts))));
  if (status.revision !== shownRevision) {
    shownRevision = status.revision;
    await showGroups();
  }
}

function showFindings(findings) {
  show(byId("findings"), ...findings.map((finding) => element("div", { class: `card finding ${finding.level}` },
    element("p", {}, element("strong", {}, finding.level), " ", code(`${finding.file}:${finding.line}:${finding.column}`),
      ` ${finding.message} `, element("span", { class: "soft" }, `[${finding.id}]`)),
    element("p", { class: "soft" }, `Fix: ${finding.fix}`))));
}

async function showGroups() {
  const selector = byId("selector").value.trim();
  let groups;
  let policies;
  try {
    groups = await get(`/api/v1/groups?${new URLSearchParams({ selector })}`);
    policies = await get("/api/v1/policies");
    show(byId("selector-problem"));
  } catch (error) {
    show(byId("selector-problem"), error.message);
    return;
  }
  const byName = new Map(policies.items.map((policy) => [policy.name, policy]));
  show(byId("groups-count"), `${groups.items.length} shown`);
  show(byId("group-list"), ...groups.items.map((group) => groupCard(group, byName)));
}

function groupCard(group, byName) {
  const places = `${(group.hosts ?? ["every host"]).join(", ")} ${(group.paths ?? ["every path"]).join(" ")}`;
  return element("details", { class: "card" },
    element("summary", {}, element("strong", {}, group.name), tags(group.tags), " ", element("span", { class: "code soft" }, places)),
    element("p", {}, group.description),
    element("p", { class: "soft" }, `evaluation ${group.evaluation}, sameOrigin ${group.sameOrigin}`),
    element("ol", {}, ...group.policies.map((name) => element("li", {}, policyFacts(byName.get(name))))));
}

function policyFacts(policy) {
  const list = (values) => (values === null ? "all" : values.join(", ") || "none");
  return element("div", {}, element("strong", {}, policy.name), tags(policy.tags), pairs([
    ["about", policy.description],
    ["mode", policy.mode],
    ["origins", code(list(policy.allowedOrigins))],
    ["methods", code(list(policy.allowedMethods))],
    ["request headers", code(list(policy.allowedHeaders))],
    ["exposed headers", code(list(policy.exposedHeaders))],
    ["HTTP", list(policy.allowedHttpProtocols)],
    ["credentials", policy.allowCredentials ? "yes" : "no"],
    ["requires Origin", policy.requireOriginHeader ? "yes" : "no"],
    ["max age", `${policy.maxAge} s`],
    ["acknowledged", policy.acknowledge.join(", ")],
  ]));
}

async function showDecisions() {
  if (!byId("follow").checked) return;
  const { items } = await get("/api/v1/decisions");
  show(byId("denials-count"), items.length === 0 ? "None yet." : `${items.length} shown, newest first`);
  show(byId("decisions").tBodies[0], ...items.map((line) => element("tr", {},
    element("td", { title: line.timestamp }, clock.format(new Date(line.timestamp))),
    element("td", { class: line.verdict }, line.verdict === "allow" ? "allow; shadow denies" : line.verdict),
    element("td", {}, line.verdict === "allow" && line.shadow ? line.shadow.reason : line.reason),
    element("td", {}, line.group ?? "-"), element("td", {}, line.policy ?? "-"),
    element("td", {}, code(line.origin ?? "none")),
    element("td", {}, code(`${line.method} ${line.host}${line.path}`)),
    element("td", {}, explainButton(line)))));
}

function explainButton(line) {
  const button = element("button", { type: "button", "aria-label": `Explain ${line.method} ${line.path}` }, "Explain");
  button.addEventListener("click", () => {
    const form = byId("request").elements;
    const preflight = line.kind === "preflight";
    form.url.value = `https://${line.host}${line.path}`;
    form.method.value = preflight ? line.requestedMethod : line.method;
    form.origin.value = line.origin ?? "";
    form.protocol.value = line.protocol;
    form.headers.value = (line.requestedHeaders ?? []).join("\n");
    form.group.value = "";
    form.preflight.checked = preflight;
    form.credentials.checked = false;
    byId("request").requestSubmit();
  });
  return button;
}

async function showExplanation(event) {
  event.preventDefault();
  const form = byId("request").elements;
  const headers = form.headers.value.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const colon = line.indexOf(":");
    return colon < 0 ? [line, ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  let shown;
  try {
    shown = explanation(await explain({
      url: form.url.value,
      method: form.method.value,
      origin: form.origin.value === "" ? null : form.origin.value,
      headers,
      protocol: form.protocol.value || null,
      group: form.group.value || null,
      credentials: form.credentials.checked,
      preflight: form.preflight.checked,
    }));
  } catch (error) {
    shown = element("p", { role: "alert" }, error.message);
  }
  show(byId("explanation"), shown);
  byId("explanation").focus();
}

async function follow() {
  try {
    await showStatus();
    await showDecisions();
  } catch (error) {
    show(byId("summary"), `The server does not answer: ${error.message}`);
  }
  setTimeout(follow, POLL_MS);
}

byId("filter").addEventListener("submit", (event) => {
  event.preventDefault();
  showGroups();
});
byId("request").addEventListener("submit", showExplanation);
follow();
