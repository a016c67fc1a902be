// Before the first paint: say that scripts run, and take the theme of the system where the reader chose none.
const root = document.documentElement
root.classList.add('js')
if (root.dataset.theme === 'auto') {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const follow = () => { root.dataset.bsTheme = dark.matches ? 'dark' : 'light' }
  follow()
  dark.addEventListener('change', follow)
}
