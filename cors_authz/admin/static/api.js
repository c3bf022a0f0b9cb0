// What the server says. A refusal is an Error whose message tells what to do about it.

export const get = (path) => ask(path, {});

export const explain = (form) => ask("/api/v1/explain", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(form),
});

async function ask(path, init) {
  const response = await fetch(path, init);
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  const body = isJson ? await response.json() : { title: await response.text() };
  if (!response.ok) throw new Error(body.fix ? `${body.title}: ${body.fix}` : body.title);
  return body;
}
