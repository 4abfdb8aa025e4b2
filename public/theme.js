// Before the first paint, so a chosen theme never flashes into view. The choice itself is made in src/app/Header.tsx.
try {
  const theme = localStorage.getItem('cosr.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's theme it is.
}
