// Elements are made here and nowhere else. Whatever text they hold, from log lines too, is set
// as text: nothing is ever parsed as HTML.

export const byId = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null).map(asNode));
  return made;
}

export function show(parent, ...children) {
  parent.replaceChildren(...children.filter((child) => child !== null).map(asNode));
}

export const code = (text) => element("code", {}, text);

export function pairs(entries) {
  const list = element("dl");
  for (const [term, value] of entries) {
    if (value !== null && value !== "") list.append(element("dt", {}, term), element("dd", {}, value));
  }
  return list;
}

export function tags(members) {
  const entries = Object.entries(members);
  if (entries.length === 0) return null;
  return element("span", { class: "tags" }, ...entries.map(
    ([key, value]) => element("span", { class: "tag" }, `${key}=${value}`)));
}

function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}
