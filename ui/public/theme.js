// Runs before the first paint, so that a forced theme does not flash. `?theme=` wins over the stored choice.
;(function () {
  var forced = new URLSearchParams(location.search).get('theme')
  var stored = null
  try {
    stored = localStorage.getItem('vitrine-theme')
  } catch (_) {
    stored = null
  }
  var theme = forced || stored
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
})()
