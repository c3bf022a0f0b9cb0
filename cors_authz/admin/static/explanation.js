// An explanation, step by step: which group, what each policy says, the answer, the browser.

import { code, element, pairs } from "./dom.js";

export function explanation(explained) {
  const parts = [verdictOf(explained.browser, "What the browser says to the page")];
  if (explained.needsPreflight) {
    parts.push(element("p", {}, `The browser asks first: ${explained.needsPreflight}`));
  }
  if (explained.preflight) parts.push(step("The preflight", explained.preflight));
  if (explained.request) parts.push(step("The request", explained.request));
  if (explained.browserOtherwise) {
    const how = explained.browserOtherwise.credentials ? "With cookies" : "Without cookies";
    parts.push(verdictOf(explained.browserOtherwise, how));
  }
  return element("div", {}, ...parts);
}

function verdictOf(view, title) {
  return element("div", { class: "card" },
    element("h3", {}, title),
    element("p", {}, element("strong", {}, view.verdict), view.message ? `: ${view.message}` : ""));
}

function step(title, part) {
  return element("div", { class: "card" },
    element("h3", {}, `${title}: `, code(`${part.method} ${part.scheme}://${part.host}${part.path}`)),
    element("h4", {}, "1. Group"),
    element("p", {}, part.routing.group === null ? "none" : code(part.routing.group), ": ", part.routing.why),
    claims("These groups claim it too, and lost:", part.routing.lost),
    claims("These nearly claim it:", part.routing.near),
    element("h4", {}, "2. Policies, in order"),
    policies(part.policies),
    element("h4", {}, "3. Decision"),
    element("p", {}, element("span", { class: part.verdict }, part.verdict), ` ${part.reason}`,
      part.policy === null ? "" : ` by ${part.policy}`, ` (${part.kind})`),
    part.shadow === null ? null : element("p", { class: "soft" },
      `With every policy on enforce: ${part.shadow.verdict}, ${part.shadow.reason}`),
    element("h4", {}, "4. Answer"),
    answer(part.answer));
}

function claims(title, items) {
  if (items.length === 0) return null;
  return element("div", { class: "soft" }, title, element("ul", {}, ...items.map((claim) =>
    element("li", {}, code(claim.group), ` ${claim.remark}`))));
}

function policies(items) {
  if (items.length === 0) return element("p", { class: "soft" }, "None is asked.");
  return element("ol", {}, ...items.map((item) => element("li", {},
    code(item.policy), item.mode === "enforce" ? "" : ` (${item.mode})`, ": ",
    item.outcome === null ? item.remark : element("span", { class: item.outcome === "allowed" ? "allow" : "deny" }, item.outcome),
    item.outcome !== null && item.remark ? `, ${item.remark}` : "")));
}

function answer(given) {
  const status = given.status === null ? "the upstream's" : String(given.status);
  return pairs([["status", status], ...given.headers.map((header) => [
    header.name,
    header.action === "neutralise" ? "emptied where the upstream sends it"
      : element("span", {}, code(header.value), header.action === "append" ? " appended" : ""),
  ])]);
}
