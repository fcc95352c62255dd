// Counts one visit per page view and writes totals into data-tally.
{
  const own = document.currentScript
  const all = css => [...document.querySelectorAll(css)]
  const tags = () => all("script[src*='/tally.js']")
  const counter = tag => tag.dataset.counter || "visits"
  const same = tag => tag.src === own.src && counter(tag) === counter(own)
  const shown = e => e.dataset.tally || counter(tags()[0])

  const show = async (name, path, init, tries = 5) => {
    const [status, text, wait] = await fetch(new URL(path + name, own.src), init)
      .then(async r => [r.status, await r.text(), r.headers.get("Retry-After")])
      .catch(() => [0])
    const pause = wait || 64 >> tries
    if (status === 200)
      all("[data-tally]").forEach(e => { if (shown(e) === name) e.textContent = text.trim() })
    else if (/^0|50[34]/.test(status) && pause > 0 && pause < 61 && tries)
      setTimeout(show, pause * 1e3, name, path, init, tries - 1)
  }

  const view = () => {
    const key = crypto.getRandomValues(new Uint32Array(4)).join("-")
    if ((tags().find(same) || own) === own)
      show(counter(own), "count/",
        { method: "POST", keepalive: true, headers: { "Idempotency-Key": key } })
    if (tags()[0] === own)
      new Set(all("[data-tally]").map(shown)).forEach(name =>
        tags().some(tag => counter(tag) === name) || show(name, "total/"))
  }

  addEventListener("pageshow", e => e.persisted && view())
  if (document.prerendering) document.addEventListener("prerenderingchange", view)
  else view()
}
