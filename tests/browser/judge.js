// Everything that axe has a rule for, of the whole page (unless the page was so judged a moment ago in another width); contrast, which is two thirds of what axe costs, of one element for each
// combination of colour, ground, size and weight that no page of this session has shown yet. Returns violations,
// the new combinations, and by how much the page is wider than its window.
async ([judged, whole]) => {
  const known = new Set(judged)
  const fresh = new Map()
  const colours = (element) => {
    const text = getComputedStyle(element)
    const parts = [text.color, text.fontSize, text.fontWeight, text.textShadow, element.matches(':disabled, [aria-disabled=true]')]
    for (let ground = element; ground; ground = ground.parentElement) {
      const style = getComputedStyle(ground)
      parts.push(style.opacity, style.filter, style.backgroundImage, style.backgroundColor)
      if (style.backgroundImage === 'none' && style.backgroundColor.startsWith('rgb(')) break
    }
    return parts.filter((part) => !['1', 'none', 'rgba(0, 0, 0, 0)', false].includes(part)).join(' ')
  }
  for (const element of document.body.querySelectorAll('*')) {
    const written = element.matches('input, select, textarea') || [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
    if (!written || !element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue
    const shown = colours(element)
    if (!known.has(shown) && !fresh.has(shown)) fresh.set(shown, element)
  }
  const all = whole
    ? await axe.run(document, { resultTypes: ['violations'], rules: { 'color-contrast': { enabled: false } } })
    : { violations: [] }
  const contrast = fresh.size
    ? await axe.run({ include: [...fresh.values()] }, { resultTypes: ['violations'], runOnly: ['color-contrast'] })
    : { violations: [] }
  const { scrollWidth, clientWidth } = document.documentElement
  return { violations: [...all.violations, ...contrast.violations], colours: [...fresh.keys()], wide: scrollWidth - clientWidth }
}
