"""What a page is asked in Chromium by test_quality_bars: its shifts, what is cut off, dead or moves."""

# Everything that moved without anybody having touched the page: what Chromium counts as its layout shift.
SHIFTS = """window.shifts = [];
new PerformanceObserver(list => list.getEntries().filter(entry => !entry.hadRecentInput).forEach(entry =>
  window.shifts.push(entry.value.toFixed(4) + ' ' + entry.sources.map(source => source.node?.outerHTML?.slice(0, 90)))))
  .observe({type: 'layout-shift', buffered: true})"""
SETTLED = """document.fonts.ready.then(() =>
  new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))"""
# What is cut off: text in a box too small for it that neither scrolls nor says that more follows.
CLIPPED = """[...document.querySelectorAll('main :is(p,h1,h2,h3,a,button,span,td,th,label,summary,dd,legend)')]
  .filter(node => {
    const its = getComputedStyle(node);
    const hides = value => value === 'hidden' || value === 'clip';
    return node.checkVisibility() && node.clientWidth > 1 && its.textOverflow !== 'ellipsis'
      && its.webkitLineClamp === 'none' && ((hides(its.overflowX) && node.scrollWidth > node.clientWidth + 1)
        || (hides(its.overflowY) && node.scrollHeight > node.clientHeight + 1));
  }).map(node => 'cut off: ' + node.outerHTML.slice(0, 140))"""
# What would do nothing without scripts, or be refused: a control that only htmx knows, a form that says too little.
DEAD = """[...document.querySelectorAll('form, [hx-post], a[hx-get], button[hx-get]')].filter(node => {
  const form = node.matches('form') ? node : node.form ?? node.closest('form');
  if (node.matches('textarea')) return false;
  if (node.matches('a')) return !node.getAttribute('href')?.startsWith('/');
  if (!form || !form.getAttribute('action')) return true;
  return form.method === 'post' && !form.elements.csrf_token?.value;
}).map(node => 'dead without scripts: ' + node.outerHTML.slice(0, 140))"""
# Everything that keeps itself fresh asks once more, as its trigger would; the same rows must move nothing.
AGAIN = """async () => {
  const live = [...document.querySelectorAll('[hx-get][hx-trigger][id]')];
  for (const node of live)
    await htmx.ajax('GET', node.getAttribute('hx-get'), {source: '#' + node.id, target: '#' + node.id,
      swap: node.getAttribute('hx-swap') ?? 'innerHTML'});
  return live.length;
}"""
MOVING = """document.getAnimations().filter(one => one.effect.getComputedTiming().activeDuration > 20)
  .map(one => one.animationName ?? one.transitionProperty)"""
TWICE = "document.documentElement.style.fontSize = '200%'"
