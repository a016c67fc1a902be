// Pictures of numbers that stand in a table beside them. Each reads the JSON of its own data-values.
(() => {
  const probe = document.body.appendChild(document.createElement('i'))
  probe.hidden = true
  const colour = (name) => {
    probe.className = ''
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const font = () => getComputedStyle(document.body).fontFamily
  const text = (more) => ({ color: colour('dim'), fontFamily: font(), fontSize: 12, ...more })
  const axis = () => ({
    axisLabel: text(),
    axisLine: { lineStyle: { color: colour('line-2') } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colour('line') } },
    nameTextStyle: text(),
  })
  // rich text, because html in a tip would carry inline styles, which the content security policy refuses
  const tip = (formatter) => ({
    trigger: 'axis', renderMode: 'richText', confine: true, formatter,
    backgroundColor: colour('card'), borderColor: colour('line-2'), textStyle: text({ color: colour('text') }),
  })
  const plain = (value) => value === null || value === undefined ? '–'
    : value.toLocaleString('en', { maximumFractionDigits: value < 9.95 ? 1 : 0 })

  // Fan: history, median, nested bands as stacked differences, the naive rule, a line where the data end.
  const fan = (chart, d) => {
    const n = d.history.length
    const words = d.words
    const pad = Array(Math.max(n - 1, 0)).fill(null)
    const last = n ? [d.history[n - 1]] : []
    const join = (values) => [...pad, ...last, ...values]
    const gap = (low, high) => [...pad, ...(n ? [0] : []), ...d[low].map((value, i) => d[high][i] - value)]
    const band = (name, values, fill) => ({
      name, type: 'line', stack: 'band', data: values, symbol: 'none', silent: true, lineStyle: { width: 0 },
      areaStyle: fill ? { color: fill, opacity: 1 } : { opacity: 0 },
    })
    const years = d.labels[0]?.length === 4
    const short = !years && d.labels.length <= 24
    const tell = (points) => {
      const i = points[0].dataIndex
      if (i < n) return `${d.labels[i]}\n${words.history} ${plain(d.history[i])}`
      const at = i - n
      const lines = [d.labels[i], ...(d.mean ? [`${words.mean} ${plain(d.mean[at])}`] : []), `${words.median} ${plain(d.median[at])}`,
        `${words.b80} ${plain(d.lo80[at])}–${plain(d.hi80[at])}`, `${words.b95} ${plain(d.lo95[at])}–${plain(d.hi95[at])}`]
      if (d.truth[i] !== null && d.truth[i] !== undefined) lines.push(`${words.truth} ${plain(d.truth[i])}`)
      if (d.naive.length) lines.push(`${words.naive} ${plain(d.naive[at])}`)
      return lines.join('\n')
    }
    chart.setOption({
      animation: false,
      tooltip: tip(tell),
      grid: { left: 48, right: 16, top: 24, bottom: 28 },
      xAxis: { ...axis(), type: 'category', data: d.labels, boundaryGap: false,
        axisLabel: short ? text() : text({ interval: years ? 0 : (i) => d.labels[i].endsWith('-01'), formatter: (label) => label.slice(0, 4) }) },
      yAxis: { ...axis(), type: 'value', axisLine: { show: false }, splitNumber: 5 },
      series: [
        band('floor', join(d.lo95)),
        band('95', gap('lo95', 'lo80'), colour('band-95')),
        band('80', gap('lo80', 'hi80'), colour('band-80')),
        band('95 above', gap('hi80', 'hi95'), colour('band-95')),
        { name: words.naive, type: 'line', data: d.naive.length ? join(d.naive) : [], symbol: 'none',
          lineStyle: { color: colour('dim'), width: 1.25, type: [3, 3] } },
        { name: words.history, type: 'line', data: d.history, symbol: 'circle', showSymbol: true,
          symbolSize: (_value, point) => (years || point.dataIndex >= n - d.hollow ? 7 : 0),
          itemStyle: { color: colour('card'), borderColor: colour('teal-ink'), borderWidth: 1.75 },
          lineStyle: { color: colour('teal-ink'), width: 1.75 },
          markLine: n ? { symbol: 'none', silent: true, animation: false,
            lineStyle: { color: colour('line-2'), type: 'solid' },
            label: text({ formatter: words.until, position: 'end' }), data: [{ xAxis: n - 1 },
              ...d.marks.map((mark) => ({ xAxis: mark.at, lineStyle: { color: colour('dim'), type: [4, 3], width: 1.25 },
                label: text({ formatter: mark.text, position: 'insideEndTop', rotate: 0, color: colour('text') }) }))] } : undefined },
        { name: words.median, type: 'line', data: join(d.median), symbol: years ? 'circle' : 'none', symbolSize: 6,
          itemStyle: { color: colour('seal') }, lineStyle: { color: colour('seal'), width: 2 } },
        { name: words.truth, type: 'line', data: d.truth, symbol: 'circle', symbolSize: 7, showSymbol: true, z: 5,
          itemStyle: { color: colour('teal-ink') }, lineStyle: { color: colour('teal-ink'), width: 1, type: [3, 3] } },
      ],
    })
  }

  // Yearly: growth and replacement apart, each a line with its 80 % band; bands may cross and lie below zero.
  const yearly = (chart, d) => {
    const kinds = [['replacement', 'teal-ink', 'teal', 'circle'], ['growth', 'seal', 'seal', 'diamond']]
    const floor = (kind, values, fill) => ({ type: 'line', stack: kind, stackStrategy: 'all', data: values, symbol: 'none', silent: true,
      lineStyle: { width: 0 }, areaStyle: fill ? { color: fill, opacity: 0.18 } : { opacity: 0 } })
    const tell = (points) => {
      const i = points[0].dataIndex
      return [d.labels[i], ...kinds.map(([kind]) =>
        `${d.words[kind]} ${plain(d[kind].mean[i])} (${d.words.b80} ${plain(d[kind].lo80[i])} – ${plain(d[kind].hi80[i])})`)].join('\n')
    }
    chart.setOption({
      animation: false,
      tooltip: tip(tell),
      grid: { left: 48, right: 16, top: 16, bottom: 28 },
      xAxis: { ...axis(), type: 'category', data: d.labels, boundaryGap: false, axisLine: { onZero: false, lineStyle: { color: colour('line-2') } } },
      yAxis: { ...axis(), type: 'value', axisLine: { show: false }, splitNumber: 4 },
      series: kinds.flatMap(([kind, line, fill, symbol]) => [
        floor(kind, d[kind].lo80), floor(kind, d[kind].lo80.map((low, i) => d[kind].hi80[i] - low), colour(fill)),
        { name: d.words[kind], type: 'line', data: d[kind].mean, symbol, symbolSize: 7, itemStyle: { color: colour(line) },
          lineStyle: { color: colour(line), width: 2 } }]),
    })
  }

  // Balance: need against graduates, one point a specialty with its 80 % intervals; the diagonal is balance.
  const balance = (chart, d) => {
    const most = Math.max(1, ...d.points.map((p) => Math.max(p.hi_need, p.hi_entering))) * 1.05
    const pole = (p) => colour(p.pole)
    // the common build of echarts has no custom series: each arm of a cross is a line of two points
    const arm = (p, data) => ({ type: 'line', silent: true, symbol: 'none', data, z: 1,
      lineStyle: { color: pole(p), width: 1.5, opacity: 0.5, type: p.small ? [3, 3] : 'solid' } })
    const arms = d.points.flatMap((p) => [
      arm(p, [[p.lo_entering, p.need], [p.hi_entering, p.need]]), arm(p, [[p.entering, p.lo_need], [p.entering, p.hi_need]])])
    chart.setOption({
      animation: false,
      tooltip: { ...tip((point) => d.points[point.dataIndex].tip), trigger: 'item' },
      grid: { left: 56, right: 24, top: 16, bottom: 44 },
      xAxis: { ...axis(), type: 'value', min: 0, max: most, name: d.words.entering, nameLocation: 'middle', nameGap: 28,
        axisLabel: text({ showMaxLabel: false }) },
      yAxis: { ...axis(), type: 'value', min: 0, max: most, name: d.words.need, nameLocation: 'middle', nameGap: 40,
        axisLabel: text({ showMaxLabel: false }) },
      series: [
        { type: 'line', silent: true, symbol: 'none', data: [[0, 0], [most, most]], lineStyle: { color: colour('dim'), width: 1 },
          endLabel: { show: true, formatter: d.words.balance, ...text(), offset: [-56, 24] } },
        ...arms,
        { type: 'scatter', symbolSize: 8, data: d.points.map((p) => ({ value: [p.entering, p.need], itemStyle: { color: pole(p) },
            label: { show: p.named, formatter: p.name, position: 'right', ...text({ color: colour('text') }),
              textBorderColor: colour('card'), textBorderWidth: 2 } })), labelLayout: { hideOverlap: true } },
      ],
    })
  }

  // Weeks: found and mended as bars beside each other, what is open at the end of each week as a line.
  const weeks = (chart, d) => {
    const bar = (name, fill) => ({ name: d.words[name], type: 'bar', data: d[name], barMaxWidth: 14, itemStyle: { color: colour(fill) } })
    chart.setOption({
      animation: false,
      tooltip: tip((points) => [d.labels[points[0].dataIndex],
        ...['opened', 'mended', 'standing'].map((name) => `${d.words[name]} ${d[name][points[0].dataIndex]}`)].join('\n')),
      grid: { left: 36, right: 12, top: 16, bottom: 24 },
      xAxis: { ...axis(), type: 'category', data: d.labels, axisLabel: text({ hideOverlap: true }) },
      yAxis: { ...axis(), type: 'value', minInterval: 1, axisLine: { show: false }, splitNumber: 4 },
      series: [bar('opened', 'warn-mid'), bar('mended', 'ok-mid'),
        { name: d.words.standing, type: 'line', data: d.standing, symbol: 'circle', symbolSize: 6,
          itemStyle: { color: colour('stop') }, lineStyle: { color: colour('stop'), width: 1.75 } }],
    })
  }

  const draw = { fan, yearly, balance, weeks }
  document.fonts.ready.then(() => {
    for (const box of document.querySelectorAll('[data-chart]')) {
      const values = JSON.parse(box.dataset.values)
      const chart = echarts.init(box, null, { renderer: 'svg' })
      const redraw = () => { chart.clear(); chart.resize(); draw[box.dataset.chart](chart, values) }
      new ResizeObserver(redraw).observe(box) // also draws the first time
      new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ['data-bs-theme', 'data-theme'] })
    }
  })
})()
