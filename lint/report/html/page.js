// What a page of findings does beyond being read. Everything on it is there without this script:
// it searches, filters and keeps what was asked for in the address, as #?q=WORDS&s=SEVERITIES&
// r=RULE&d=1, so that a link shows the same.
'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Written last, shown first: make the order of reading and of the Tab key the order seen.
  const overview = byId('overview');
  overview.parentNode.prepend(overview);

  const search = byId('search');
  const ruleChoice = byId('rule');
  const differing = byId('differing');
  const status = byId('status');
  const severities = all('.controls input[name=severity]');

  const table = document.querySelector('.matrix table');
  const rows = all('.matrix tbody tr').map((row) => (
    {row, name: row.cells[0].textContent, differs: row.className === 'x'}));
  const files = all('.file').map((file) => (
    {file, path: file.querySelector('h3').textContent.toLowerCase(), shown: 0}));
  const fileOf = new Map(files.map((file) => [file.file, file]));
  const findings = all('.finding').map((element) => ({
    element, file: fileOf.get(element.closest('.file')), severity: element.dataset.s,
    rule: element.dataset.r, accepted: element.closest('.accepted'), text: '',
  }));
  const acceptedLists = all('.accepted');
  const notes = all('.note');

  for (const rule of all('#rules .rule')) {
    const option = document.createElement('option');
    option.value = rule.id;
    option.textContent = rule.querySelector('h3').textContent;
    ruleChoice.append(option);
  }
  byId('differing-label').hidden = !document.querySelector('.matrix tbody .x');

  const asked = () => ({
    words: search.value.toLowerCase().split(/\s+/).filter((word) => word !== ''),
    severities: new Set(severities.filter((box) => box.checked).map((box) => box.value)),
    rule: ruleChoice.value,
    differing: differing.checked,
  });

  function showFindings(want) {
    const has = (text) => want.words.every((word) => text.includes(word));
    const byKind = want.rule !== '' || want.severities.size < severities.length;
    for (const file of files) file.shown = 0;
    let shown = 0;
    for (const finding of findings) {
      if (finding.text === '' && want.words.length > 0) {
        finding.text = finding.file.path + ' ' + finding.element.textContent.toLowerCase();
      }
      const show = want.severities.has(finding.severity) &&
        (want.rule === '' || want.rule === finding.rule) && has(finding.text);
      finding.element.hidden = !show;
      if (!show) continue;
      ++finding.file.shown;
      if (!finding.accepted) ++shown;
    }
    for (const list of acceptedLists) list.hidden = !list.querySelector('.finding:not([hidden])');
    for (const note of notes) note.hidden = byKind;
    for (const file of files) {
      file.file.hidden = file.shown === 0 && (byKind || !has(file.path));
    }
    return shown;
  }

  function showRows(want) {
    for (const {row, name, differs} of rows) {
      row.hidden = (want.differing && !differs) || !want.words.every((word) => name.includes(word));
    }
    return rows.filter(({row}) => !row.hidden).length;
  }

  const total = findings.filter((finding) => !finding.accepted).length;
  function show() {
    const want = asked();
    const shownRows = showRows(want);
    const shownFindings = showFindings(want);
    status.textContent = (table ? `${shownRows} of ${rows.length} calls, ` : '') +
      `${shownFindings} of ${total} findings`;
    return want;
  }

  function keep(want) {
    const state = new URLSearchParams();
    if (search.value.trim() !== '') state.set('q', search.value.trim());
    if (want.severities.size < severities.length) state.set('s', [...want.severities].join(','));
    if (want.rule !== '') state.set('r', want.rule);
    if (want.differing) state.set('d', '1');
    const text = state.toString();
    if (text === '' && !location.hash.startsWith('#?')) return;
    history.replaceState(null, '', text === '' ? '#' : '#?' + text);
  }

  function restore() {
    const state = new URLSearchParams(location.hash.slice(2));
    search.value = state.get('q') || '';
    const chosen = state.has('s') ? state.get('s').split(',') : null;
    for (const box of severities) box.checked = chosen === null || chosen.includes(box.value);
    ruleChoice.value = state.get('r') || '';
    if (ruleChoice.selectedIndex < 0) ruleChoice.value = '';
    differing.checked = state.get('d') === '1';
  }

  function clear() {
    history.replaceState(null, '', '#');
    restore();
    show();
  }

  // Where a link of the page leads is shown, whatever is folded or filtered.
  function follow() {
    if (location.hash.startsWith('#?')) {
      restore();
      show();
      return;
    }
    const goal = byId(location.hash.slice(1));
    if (!goal) return;
    if (goal.closest('[hidden]')) {
      restore();  // nothing: the address is the goal's
      show();
    }
    for (let fold = goal.closest('details'); fold; fold = fold.parentElement.closest('details')) {
      fold.open = true;
    }
    goal.scrollIntoView();
  }

  function step(by) {
    const shown = findings.filter(({element, accepted}) => !element.hidden && !accepted);
    if (shown.length === 0) return;
    const at = shown.findIndex(({element}) => element.contains(document.activeElement));
    const next = at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % shown.length;
    const {element, file} = shown[next];
    file.file.open = true;
    element.tabIndex = -1;
    element.focus();
    element.scrollIntoView();
  }

  let timer = 0;
  search.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => keep(show()), 80);
  });
  for (const control of [...severities, ruleChoice, differing]) {
    control.addEventListener('change', () => keep(show()));
  }
  byId('clear').addEventListener('click', clear);
  byId('fold').addEventListener('click', () => {
    const open = files.some((file) => !file.file.hidden && !file.file.open);
    for (const file of files) file.file.open = open;
  });
  window.addEventListener('hashchange', follow);
  document.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) &&
      event.target.type !== 'checkbox';
    const plain = !typing && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (plain && (event.key === 'j' || event.key === 'k')) {
      step(event.key === 'j' ? 1 : -1);
    } else if (plain && event.key === '/') {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === 'Escape' && event.target === search) {
      clear();
    }
  });
  window.addEventListener('beforeprint', () => {
    for (const file of files) file.file.open = file.file.open || file.shown > 0;
  });

  // A cell says whose it is and what its letter stands for.
  const meanings = new Map(all('.legend b').map((key) => [key.textContent, key.title]));
  if (table) {
    const heads = table.tHead.rows[0].cells;
    table.addEventListener('mouseover', (event) => {
      const cell = event.target.closest('td');
      if (!cell || cell.dataset.told) return;
      cell.dataset.told = '1';
      const letter = cell.textContent.trim();
      const meaning = cell.title || meanings.get(letter.toUpperCase()) || '';
      const whose = letter === letter.toLowerCase() && /[a-z]/.test(letter) ? ', by default' : '';
      cell.title = `${cell.parentNode.cells[0].textContent}: ${meaning}${whose}\n` +
        heads[cell.cellIndex].firstChild.title;
    });
  }

  byId('controls').hidden = false;
  restore();
  show();
  follow();
})();
