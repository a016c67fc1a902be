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
  const yes = button(submitter?.textContent.trim() || words.yes, 'btn btn-primary', () => {
    dialog.close()
    form.dataset.confirmed = '1'
    form.requestSubmit(submitter)
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

// A run that has ended replaces its page once, so that the new proposals are seen.
const running = document.querySelector('[data-live-ends]')
if (running) {
  new MutationObserver(() => {
    if (running.querySelector('[data-ended]')) location.reload()
  }).observe(running, { childList: true, subtree: true })
}
