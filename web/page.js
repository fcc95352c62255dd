// Fills this host and the chosen counter into the snippets, and makes the copy buttons work.
const field = document.getElementById("counter")
const problem = document.getElementById("problem")
const snippets = [...document.querySelectorAll(".snippet")].map(element => ({
  code: element.querySelector("code"),
  button: element.querySelector("button"),
  template: element.querySelector("code").textContent,
}))

let chosen = "" // the last valid name

const segment = "[A-Za-z0-9_~-][A-Za-z0-9_~.-]*"
const grammar = new RegExp(`^${segment}(/${segment})*$`)

function fill(template) {
  const text = template.replaceAll("https://tally.example", location.origin)
  if (!chosen) return text
  return text
    .replace('tally.js"', `tally.js" data-counter="${chosen}"`)
    .replace("/badge.svg", `/badge/${chosen}.svg`)
    .replace("/count", `/count/${chosen}`)
}

function update() {
  const valid = !field.value || (field.value.length <= 128 && grammar.test(field.value))
  field.setAttribute("aria-invalid", !valid)
  problem.textContent = valid ? "" : "No counter can have this name."
  if (valid) chosen = field.value
  for (const { code, template } of snippets) code.textContent = fill(template)
}

// Pages over plain HTTP have no navigator.clipboard.
async function copy(code) {
  if (navigator.clipboard) return navigator.clipboard.writeText(code.textContent)
  getSelection().selectAllChildren(code)
  const copied = document.execCommand("copy")
  getSelection().removeAllRanges()
  if (!copied) throw new Error("not copied")
}

async function onCopy({ code, button }) {
  const result = await copy(code).then(() => "Copied", () => "Not copied")
  button.textContent = result
  document.getElementById("status").textContent = result
  setTimeout(() => {
    button.textContent = "Copy"
    document.getElementById("status").textContent = ""
  }, 2000)
}

// A page that the browser kept, or a tab that was in the background, shows an old number.
async function refresh() {
  const response = await fetch("/total").catch(() => null)
  if (response?.ok) document.getElementById("total").textContent = (await response.text()).trim()
}

for (const snippet of snippets) {
  snippet.button.hidden = false
  snippet.button.addEventListener("click", () => onCopy(snippet))
}
field.value = new URLSearchParams(location.search).get("counter") ?? field.value
field.addEventListener("input", update)
document.getElementById("choice").addEventListener("submit", event => event.preventDefault())
document.getElementById("choice").hidden = false
addEventListener("pageshow", event => event.persisted && refresh())
document.addEventListener("visibilitychange", () => document.hidden || refresh())
update()
