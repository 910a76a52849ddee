'use strict';
// The server makes the page. This script loads it again and again, puts what
// changed into the one that is shown, and draws the timelines of the workers.
(() => {
  const root = document.documentElement;
  const page = document.getElementById('page');
  const reach = document.getElementById('reach');
  const timeout = 4000;
  let etag = '', misses = 0, since = null, timer = 0, loading = false;

  const keep = { open: 1, checked: 1, width: 1, height: 1 }; // the reader's, and the script's own

  function morph(old, now) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== now.nodeValue) old.nodeValue = now.nodeValue;
      return;
    }
    for (const { name, value } of now.attributes) {
      if (!keep[name] || old instanceof SVGElement) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
      if (!keep[name] && !now.hasAttribute(name)) old.removeAttribute(name);
    }
    let place = old.firstChild, next = now.firstChild;
    while (next) {
      const following = next.nextSibling;
      if (place && same(place, next)) {
        morph(place, next);
        place = place.nextSibling;
      } else {
        old.insertBefore(document.importNode(next, true), place);
        if (place && !(place.id && now.querySelector('#' + CSS.escape(place.id)))) {
          const gone = place;
          place = place.nextSibling;
          gone.remove();
        }
      }
      next = following;
    }
    while (place) {
      const gone = place;
      place = place.nextSibling;
      gone.remove();
    }
  }

  const same = (a, b) => a.nodeName === b.nodeName && (a.id || '') === (b.id || '');

  function draw() {
    const style = getComputedStyle(root);
    const work = style.getPropertyValue('--work'), bad = style.getPropertyValue('--bad');
    const canvases = [...page.querySelectorAll('canvas[data-lane]')];
    const sizes = canvases.map((c) => [c.clientWidth, c.clientHeight]);
    canvases.forEach((c, at) => {
      const scale = window.devicePixelRatio || 1;
      const w = c.width = Math.max(1, Math.round(sizes[at][0] * scale)), h = c.height = Math.max(1, Math.round(sizes[at][1] * scale));
      const g = c.getContext('2d'), lane = c.dataset.lane, n = lane.length;
      for (let i = 0; i < n;) {
        let end = i + 1;
        while (end < n && lane[end] === lane[i]) end++;
        const code = lane.charCodeAt(i), failed = code >= 97, level = code - (failed ? 97 : 48);
        const x = Math.round(i * w / n), width = Math.round(end * w / n) - x;
        g.globalAlpha = level ? 0.2 + 0.8 * level / 9 : 0;
        g.fillStyle = work;
        g.fillRect(x, 0, width, h);
        if (failed) {
          g.globalAlpha = 1;
          g.fillStyle = bad;
          g.fillRect(x, Math.round(h * 0.62), Math.max(width, Math.round(scale)), h);
        }
        i = end;
      }
      if (c.closest('tr').classList.contains('slow')) {
        g.globalAlpha = 1;
        g.fillStyle = bad;
        const from = Math.min(lane.length - 1, lane.search(/9*$/));
        g.fillRect(Math.round(from * w / n), 0, w, Math.round(h * 0.3));
      }
    });
  }

  const clock = (t) => t.toLocaleTimeString([], { hour12: false });

  function missed(why) {
    since ??= new Date();
    if (++misses < 2) return;
    const ended = page.dataset.poll === '5000';
    reach.textContent = ended
      ? `■ Ended: the process has not answered since ${clock(since)}. These are its last numbers.`
      : `✕ Out of reach since ${clock(since)}: ${why}. These are the last numbers; the process may have ended.`;
    reach.hidden = false;
    root.classList.add('stale');
    document.title = (ended ? 'ended ' : 'out of reach ') + page.dataset.title;
  }

  async function load() {
    if (loading || document.hidden) return;
    loading = true;
    try {
      const answer = await fetch(location.href, { cache: 'no-cache', credentials: 'same-origin', signal: AbortSignal.timeout(timeout) });
      if (!answer.ok) throw new Error('the server answers ' + answer.status);
      const tag = answer.headers.get('ETag');
      if (tag !== etag || misses) {
        const next = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('page');
        if (!next) throw new Error('the server answers with another page');
        morph(page, next);
        draw();
        etag = tag;
      }
      document.title = page.dataset.title;
      misses = 0;
      since = null;
      reach.hidden = true;
      root.classList.remove('stale');
    } catch (e) {
      missed(e.name === 'Error' ? e.message : 'the server does not answer');
    } finally {
      loading = false;
      clearTimeout(timer);
      if (!document.hidden) timer = setTimeout(load, Number(page.dataset.poll) || 5000);
    }
  }

  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    load();
  });
  window.addEventListener('resize', draw);
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  root.classList.add('on');
  draw();
  timer = setTimeout(load, Number(page.dataset.poll) || 5000);
})();
