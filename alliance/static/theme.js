// Before the first paint: the theme of the system where the reader chose none.
const root = document.documentElement
if (root.dataset.theme === 'auto') {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const follow = () => { root.dataset.bsTheme = dark.matches ? 'dark' : 'light' }
  follow()
  dark.addEventListener('change', follow)
}
