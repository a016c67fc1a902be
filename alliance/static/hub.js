// Extras over pages that work without them: menu on a phone, confirmation before what cannot be undone, filters that
// apply themselves, printing, ticking all rows, following a run.
document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-menu], [data-print], [data-tick-all]')
  if (!target) return
  if (target.matches('[data-print]')) window.print()
  if (target.matches('[data-menu]')) {
    const open = target.closest('.navbar-vertical').classList.toggle('menu-open')
    target.setAttribute('aria-expanded', String(open))
  }
  if (target.matches('[data-tick-all]')) {
    for (const box of target.closest('form, section').querySelectorAll('tbody input[type=checkbox]')) box.checked = target.checked
  }
})

document.addEventListener('change', (event) => {
  if (event.target.matches('[data-autosubmit]')) event.target.form.requestSubmit()
})

document.addEventListener('submit', (event) => {
  const form = event.target
  const sentence = event.submitter?.dataset.confirm ?? form.dataset.confirm
  if (!sentence || form.dataset.confirmed) { delete form.dataset.confirmed; return }
  event.preventDefault()
  event.stopImmediatePropagation()
  ask(form, event.submitter, sentence)
}, true)

function ask(form, submitter, sentence) {
  const dialog = document.createElement('dialog')
  dialog.className = 'ask'
  const text = document.createElement('p')
  text.id = 'ask-text'
  text.textContent = sentence
  dialog.setAttribute('aria-labelledby', text.id)
  const buttons = document.createElement('div')
  buttons.className = 'acts'
  const words = document.body.dataset
  // the dialog stays until the page has gone: a second press would fall on what lies beneath it
  const yes = button(submitter?.textContent.trim() || words.yes, 'btn btn-primary', () => {
    yes.disabled = no.disabled = true
    form.dataset.confirmed = '1'
    form.requestSubmit(submitter)
    if (form.matches('[hx-post], [data-hx-post]')) dialog.close()
  })
  const no = button(words.no, 'btn btn-2', () => dialog.close())
  buttons.append(no, yes)
  dialog.append(text, buttons)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  no.focus()
}

function button(label, look, press) {
  const made = document.createElement('button')
  made.type = 'button'
  made.className = look
  made.textContent = label
  made.addEventListener('click', press)
  return made
}

// A row opens on a click anywhere in it; its link stays the way for keyboards and new tabs.
document.addEventListener('click', (event) => {
  const row = event.target.closest('tr[data-href]')
  if (row && !event.target.closest('a, button, input, select, label') && !getSelection().toString()) location.assign(row.dataset.href)
})

// An opened menu closes on Escape and on a click elsewhere.
function closeMenus(except) {
  for (const menu of document.querySelectorAll('details.drop[open]')) if (!menu.contains(except)) menu.open = false
}
document.addEventListener('click', (event) => closeMenus(event.target))
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return
  const menu = document.activeElement.closest('details.drop[open]')
  closeMenus(null)
  menu?.querySelector('summary').focus()
})

// Leaving a form with unsaved changes asks first; the errors of a refused form are read out.
const refused = document.querySelector('[data-focus]') && document.querySelector('form[data-dirty]')
let changed = Boolean(refused || document.querySelector('form[data-dirty=yes]'))
document.addEventListener('input', (event) => { if (event.target.closest('form[data-dirty]')) changed = true })
document.addEventListener('submit', (event) => {
  if (changed && event.target.matches('form[action="/language"],form[action="/theme"]')) keepTyped()
  changed = false
})
addEventListener('beforeunload', (event) => { if (changed) event.preventDefault() })
document.querySelector('[data-focus]')?.focus()

// What was typed goes along into the other language or appearance of the page, and is kept no longer than that.
function typedFields() {
  return [...document.querySelectorAll('main form[data-dirty]')].flatMap((form, at) => [...form.elements]
    .filter((field) => field.name && !['hidden', 'password', 'file', 'submit', 'button'].includes(field.type))
    .map((field, place) => [`${at}/${place}/${field.name}`, field]))
}
function keepTyped() {
  const typed = typedFields().map(([key, field]) => [key, field.matches('[type=checkbox],[type=radio]') ? field.checked : field.value])
  sessionStorage.setItem('typed', JSON.stringify([location.pathname, Object.fromEntries(typed)]))
}
const [typedAt, typed] = JSON.parse(sessionStorage.getItem('typed') ?? '[]')
// a refused form opens again by way of a page of its own, which passes it on
if (!document.querySelector('form[data-at-once]')) sessionStorage.removeItem('typed')
if (typedAt === location.pathname) {
  for (const [key, field] of typedFields()) {
    if (!(key in typed)) continue
    if (typeof typed[key] === 'boolean') field.checked = typed[key]
    else field.value = typed[key]
  }
  changed = true
}

// Whoever is signed out while typing is told, and nothing goes away.
document.addEventListener('signed-out', () => {
  if (document.querySelector('[data-signed-out-said]')) return
  const text = document.createElement('p')
  text.className = 'mk warn'
  text.dataset.signedOutSaid = ''
  text.setAttribute('role', 'status')
  text.textContent = document.body.dataset.signedOut
  document.querySelector('main').prepend(text)
})

// Whoever works keeps the session; whoever rests is warned before it ends. All tabs share the moment of the last request.
const { rests, left, stay, resting, ending } = document.body.dataset
if (rests) {
  const ends = Date.now() + Number(left) * 1000
  const lately = () => Number(localStorage.getItem('awake') ?? 0)
  const woke = () => localStorage.setItem('awake', Date.now())
  let asking = false
  woke()
  async function keepAwake() {
    if (asking) return
    asking = true
    const answer = await fetch('/session/awake').catch(() => null)
    if (answer?.status === 204) woke()
    // somebody signed out in another tab
    else if (answer?.redirected) document.dispatchEvent(new Event('signed-out'))
    asking = false
    warn()
  }
  function warn() {
    const rest = lately() + Number(rests) * 1000
    const time = Math.min(rest, ends) - Date.now()
    let said = document.querySelector('[data-resting-said]')
    if (time > 300000 || time <= 0) {
      said?.remove()
      if (time <= 0) document.dispatchEvent(new Event('signed-out'))
      return
    }
    if (!said) {
      said = document.createElement('p')
      said.className = 'mk warn'
      said.dataset.restingSaid = ''
      said.setAttribute('role', 'status')
      said.append(document.createElement('span'), ' ')
      if (rest < ends) said.append(button(stay, 'btn btn-2', keepAwake))
      document.querySelector('main').prepend(said)
    }
    said.firstChild.textContent = (rest < ends ? resting : ending).replace('{minutes}', Math.ceil(time / 60000))
  }
  document.addEventListener('input', () => { if (Date.now() - lately() > 60000) keepAwake() })
  setInterval(warn, 15000)
}

// A form typed before a sign-in opens by itself.
document.querySelector('form[data-at-once]')?.requestSubmit()

// A file that is too large is refused at its field, before anything is sent and lost.
function judgeFile(field) {
  document.getElementById(field.dataset.refusedBy ?? '')?.remove()
  delete field.dataset.refusedBy
  field.removeAttribute('aria-invalid')
  field.classList.remove('is-invalid')
  const size = Math.max(0, ...[...field.files].map((file) => file.size))
  if (size <= Number(field.dataset.most)) return true
  const said = document.createElement('div')
  said.className = 'err'
  said.id = `too-large-${crypto.getRandomValues(new Uint32Array(1))[0]}`
  said.setAttribute('role', 'alert')
  said.textContent = field.dataset.tooLarge.replace('{size}', (size / 1048576).toFixed(1))
  field.dataset.refusedBy = said.id
  field.setAttribute('aria-invalid', 'true')
  field.classList.add('is-invalid')
  field.after(said)
  return false
}
document.addEventListener('change', (event) => { if (event.target.matches('input[type=file][data-most]')) judgeFile(event.target) })
document.addEventListener('submit', (event) => {
  const refused = [...event.target.querySelectorAll('input[type=file][data-most]')].filter((field) => !judgeFile(field))
  if (!refused.length) return
  event.preventDefault()
  event.stopImmediatePropagation()
  refused[0].focus()
}, true)

// A run that has ended replaces its page once, so that the new proposals are seen.
const running = document.querySelector('[data-live-ends]')
if (running) {
  new MutationObserver(() => {
    if (running.querySelector('[data-ended]')) location.reload()
  }).observe(running, { childList: true, subtree: true })
}

// A long list of ticks narrows to what is typed; groups with a match open, ticked ones always stay.
document.addEventListener('input', (event) => {
  if (!event.target.matches('[data-sift]')) return
  const words = event.target.value.trim().toLowerCase()
  for (const group of event.target.parentElement.querySelectorAll('.sift')) {
    let found = 0
    for (const label of group.querySelectorAll('label')) {
      label.hidden = words !== '' && !label.textContent.toLowerCase().includes(words) && !label.querySelector('input').checked
      found += label.hidden ? 0 : 1
    }
    group.hidden = found === 0
    group.open = words !== '' || group.querySelector('input:checked') !== null
  }
})
document.addEventListener('change', (event) => {
  const said = event.target.closest('.sift')?.querySelector('summary span')
  if (said) said.textContent = said.textContent.replace(/\d+/, event.target.closest('.sift').querySelectorAll('input:checked').length)
})

// What stops the panel of the law is marked at its field while the rest is still being typed; what is empty only waits.
const law = document.getElementById('law')
if (law) new MutationObserver(markWrong).observe(law.parentElement, { childList: true })
function markWrong() {
  const wrong = (document.querySelector('#law [data-wrong]')?.dataset.wrong ?? '').split(' ')
  for (const field of document.querySelectorAll('#post-form .form-control, #post-form .form-select')) {
    const stops = wrong.includes(field.name) && field.value.trim() !== ''
    field.classList.toggle('is-invalid', stops)
    if (stops) field.setAttribute('aria-invalid', 'true')
    else field.removeAttribute('aria-invalid')
  }
}
