/* Dragging a card is a shortcut to its Move form: a day keeps the time, a row of the week sets it to 15 minutes. */
(() => {
  'use strict';
  const all = selector => [...document.querySelectorAll(selector)];
  const on = (type, run) => document.addEventListener(type, run);
  let dragged = null;
  const day = event => (dragged ? event.target.closest('[data-date]') : null);
  const rowAt = y => all('[data-wall]').findLast(row => row.checkVisibility() && row.getBoundingClientRect().top <= y);
  const wallAt = (row, y) => {
    if (!row) return '';
    const { top, height } = row.getBoundingClientRect();
    const [hour, minute] = row.dataset.wall.split(':');
    return `${hour}:${String(+minute + (y > top + height / 2 ? 15 : 0)).padStart(2, '0')}`;
  };
  const clear = (...keep) => all('.drop').forEach(el => !keep.includes(el) && el.classList.remove('drop'));
  on('dragstart', event => {
    dragged = event.target.closest?.('[draggable=true][data-move]');
    if (dragged) event.dataTransfer.setData('text/plain', dragged.id);
  });
  on('dragover', event => {
    const cell = day(event);
    const row = cell && rowAt(event.clientY);
    clear(cell, row);
    if (!cell) return;
    event.preventDefault();
    [cell, row].forEach(el => el?.classList.add('drop'));
  });
  on('drop', event => {
    const cell = day(event);
    if (!cell) return;
    event.preventDefault();
    const wall = wallAt(rowAt(event.clientY), event.clientY);
    if (cell.contains(dragged) && !wall) return;
    const opener = dragged.querySelector('[data-dialog]') ?? dragged;
    opener.dispatchEvent(new Event('drag-asks', { bubbles: true }));
    const time = wall ? { wall } : { keep: 'on' };
    const values = { version: dragged.dataset.version, on: cell.dataset.date, back: location.pathname + location.search, ...time };
    htmx.ajax('POST', dragged.dataset.move, { source: dragged, target: '#calendar', swap: 'morph:outerHTML', values });
  });
  on('dragend', () => { dragged = null; clear(); });
})();
