// Counts one visit per page view, and writes totals into the elements with data-tally.
{
  const own = document.currentScript
  const all = selector => [...document.querySelectorAll(selector)]
  const tags = () => all("script[src*='/tally.js']")
  const counter = (tag = own) => tag.dataset.counter || "visits"
  const key = tag => tag.src + " " + counter(tag)
  const shown = element => element.dataset.tally || counter(tags()[0])

  const show = async (name, path, options, repeats = 5) => {
    const response = await fetch(new URL(path + name, own.src), options).catch(Response.error)
    const text = await response.text()
    if (response.ok)
      all("[data-tally]").forEach(e => { if (shown(e) === name) e.textContent = text.trim() })
    const wait = response.status === 503 && response.headers.get("Retry-After")
    if (wait > 0 && wait < 61 && repeats)
      setTimeout(show, wait * 1000, name, path, options, repeats - 1)
  }

  const view = () => {
    if ((tags().find(tag => key(tag) === key(own)) || own) === own)
      show(counter(), "count/", { method: "POST", keepalive: true })
    if (tags()[0] !== own) return
    const others = new Set(all("[data-tally]").map(shown))
    tags().forEach(tag => others.delete(counter(tag)))
    others.forEach(name => show(name, "total/"))
  }

  addEventListener("pageshow", event => event.persisted && view())
  if (document.prerendering) document.addEventListener("prerenderingchange", view, { once: true })
  else view()
}
