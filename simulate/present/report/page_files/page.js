"use strict";
// The controls of the page: what a reader moves is put into the address, and table and drawings follow at once.
(() => {
  const model = Valuation.open(JSON.parse(document.getElementById("data").textContent));
  const { data } = model, by = (id) => document.getElementById(id);
  const named = () => Object.create(null);  // by names of parameters, which may be any word
  const choice = { ...data.usual, prices: named() };
  const NOTHING = "not told";

  // --- words ------------------------------------------------------------------------------------

  function grouped(text) {
    const [whole, rest] = text.split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? "." + rest : "");
  }

  function number(x, digits = 3) {
    if (!Number.isFinite(x)) return NOTHING;
    if (x === 0) return "0";
    const size = Math.abs(x), places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
    const text = grouped(size.toFixed(Math.min(places, 12)));
    return (x < 0 ? "-" : "") + (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);
  }

  function money(x) {
    if (!Number.isFinite(x)) return NOTHING;
    const size = Math.abs(x), whole = size >= 9.995 || size === Math.round(size);
    const text = size > 0 && size < 0.005 ? number(size, 2) : grouped(size.toFixed(whole ? 0 : 2));
    return (x < 0 && /[1-9]/.test(text) ? "-" : "") + data.sign + text;
  }

  const percent = (x) => (x === null || !Number.isFinite(x) ? NOTHING : number(100 * x) + "%");

  // --- elements ---------------------------------------------------------------------------------

  function add(parent, name, attributes = {}, text = "") {
    const svg = parent instanceof SVGElement || name === "svg";
    const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== "") made.textContent = text;
    parent.append(made);
    return made;
  }

  // A figure with all its digits beside what is shown of it.
  function figure(row, words, value) {
    const cell = add(row, "td", { class: "n" });
    words.split("\n").forEach((line, k) => {
      if (k) add(cell, "br");
      cell.append(line);
    });
    if (value !== undefined) cell.setAttribute("data-value", String(value));
    return cell;
  }

  // --- controls ---------------------------------------------------------------------------------

  const inputs = {}, sliders = named();
  const TAKEN = ["wtp", "perspective", "effect", "reset"];  // words of the page's own in the address and among ids
  const key = (name) => (TAKEN.includes(name) ? "price-" + name : name);

  function selection(name, label, options) {
    if (options.length < 2) return;
    const row = add(by("controls"), "div", { class: "control" });
    add(row, "label", { for: "move-" + name }, label);
    const made = add(row, "select", { id: "move-" + name });
    for (const one of options) add(made, "option", { value: one.name }, one.label);
    made.addEventListener("change", () => {
      choice[name] = made.value;
      if (name === "effect") choice.threshold = usualThreshold();
      show();
    });
    inputs[name] = made;
  }

  function usualThreshold() {
    if (choice.effect === data.usual.effect) return data.usual.threshold;
    const at = data.effects.find((one) => one.name === choice.effect).thresholds;
    return at[Math.floor(at.length / 2)];
  }

  function slider(id, label, title, from, to, moved, cleared) {
    const row = add(by("controls"), "div", { class: "control" });
    const head = add(row, "label", { for: id, title }, label);
    const range = add(row, "input", { type: "range", id: id + "-range", min: from, max: to, step: "any", "aria-label": label });
    const exact = add(row, "input", { type: "number", id, step: "any", inputmode: "decimal" });
    const back = cleared ? add(row, "button", { type: "button" }, "as drawn") : null;
    range.addEventListener("input", () => moved(Number(Number(range.value).toPrecision(3))));
    exact.addEventListener("change", () => {
      if (exact.value === "" && cleared) cleared();
      else if (exact.value !== "" && exact.validity.valid) moved(Number(exact.value));
      else refuse(exact, refused);
    });
    if (back) back.addEventListener("click", cleared);
    const refused = add(row, "span", { class: "refused", role: "alert" });
    return { row, head, range, exact, back, refused };
  }

  // What was typed and cannot be; the figures stay as they were, and the box goes back to what they are of.
  function refuse(exact, place) {
    const { min, max } = exact, typed = exact.validity.badInput ? "that" : exact.value;
    const range = min !== "" && max !== "" ? min + " to " + max : min !== "" ? min + " or more" : max !== "" ? max + " or less" : "a number";
    show();
    requestAnimationFrame(() => { place.textContent = typed + " is not taken; allowed: " + range; });
  }

  function controls() {
    selection("perspective", "Perspective", data.perspectives);
    selection("effect", "Effect", data.effects);
    inputs.threshold = slider("wtp", "Willingness to pay", "", 0, 1, (x) => { choice.threshold = x; show(); });
    for (const price of data.prices) {
      const set = (x) => { choice.prices[price.name] = x; show(); };
      const clear = () => { delete choice.prices[price.name]; show(); };
      const label = price.label + ", " + price.unit, made = slider(key(price.name), label, price.name, price.from, price.to, set, clear);
      if (price.least !== null) made.exact.min = price.least;
      if (price.greatest !== null) made.exact.max = price.greatest;
      made.exact.placeholder = "mean " + number(price.mean);
      sliders[price.name] = made;
    }
    const reset = add(by("controls"), "button", { type: "button", id: "reset" }, "Everything as in the run");
    reset.addEventListener("click", () => {
      Object.assign(choice, data.usual, { prices: named() });
      show();
    });
  }

  function setControls(found) {
    for (const name of ["perspective", "effect"]) if (inputs[name]) inputs[name].value = choice[name];
    const at = found.measure.thresholds, wtp = inputs.threshold;
    wtp.head.textContent = "Willingness to pay, " + data.sign.trim() + " per " + found.measure.per;
    wtp.range.max = Math.max(...at);
    wtp.range.value = found.at;
    wtp.exact.value = found.at;
    wtp.exact.min = 0;
    for (const made of [wtp, ...Object.values(sliders)]) made.refused.textContent = "";
    wtp.range.disabled = wtp.exact.disabled = Boolean(found.withheld.threshold);
    for (const price of data.prices) {
      const fixed = choice.prices[price.name], made = sliders[price.name];
      made.range.value = fixed === undefined ? price.mean : fixed;
      made.exact.value = fixed === undefined ? "" : fixed;
      made.back.disabled = fixed === undefined;
      made.row.classList.toggle("moved", fixed !== undefined);
    }
  }

  // --- the address ------------------------------------------------------------------------------

  function read() {
    const words = new URLSearchParams(location.hash.slice(1));
    if (!location.hash.includes("=")) return false;
    Object.assign(choice, data.usual, { prices: named() });
    for (const [kind, list] of [["perspective", data.perspectives], ["effect", data.effects]]) {
      const wanted = words.get(kind);
      if (list.some((one) => one.name === wanted)) choice[kind] = wanted;
    }
    choice.threshold = usualThreshold();
    const at = Number(words.get("wtp") ?? NaN);
    if (Number.isFinite(at) && at >= 0 && words.get("wtp") !== "") choice.threshold = at;
    for (const price of data.prices) {
      const told = words.get(key(price.name)), value = Number(told);
      const low = price.least === null || value >= price.least, high = price.greatest === null || value <= price.greatest;
      if (told && Number.isFinite(value) && low && high) choice.prices[price.name] = value;
    }
    return true;
  }

  function written() {
    const words = new URLSearchParams();
    if (choice.perspective !== data.usual.perspective) words.set("perspective", choice.perspective);
    if (choice.effect !== data.usual.effect) words.set("effect", choice.effect);
    if (choice.threshold !== usualThreshold()) words.set("wtp", choice.threshold);
    for (const [name, value] of Object.entries(choice.prices)) words.set(key(name), value);
    return words.toString();
  }

  // --- what follows -----------------------------------------------------------------------------

  function interval(found, tell) {
    const several = data.draws > 1;
    return tell(found.mean) + (several ? "\n" + tell(found.low) + " to " + tell(found.high) : "")
      + (data.simulated && Number.isFinite(found.mcse) ? "\nMCSE " + tell(found.mcse) : "");
  }

  function table(found) {
    const place = by("live-table"), measure = found.measure, several = found.decision && data.draws > 1;
    place.replaceChildren();
    const head = add(add(place, "thead"), "tr"), body = add(place, "tbody");
    const columns = ["Cost, " + data.sign.trim() + " per " + data.each, "Difference in cost", "Difference in effect, " + measure.units,
      "ICER", "Saves money, raw share", "Best, raw share", "Expected loss"];
    add(head, "th", { scope: "col" }, "Strategy");
    for (const name of columns) add(head, "th", { scope: "col", class: "n" }, name);
    data.labels.forEach((label, s) => {
      const row = add(body, "tr", { "data-strategy": data.strategies[s] }), one = found.increments[s - 1];
      add(row, "th", { scope: "row" }, label);
      figure(row, money(found.means[s].cost), found.means[s].cost);
      figure(row, one ? interval(one.cost, money) : "", one && one.cost.mean);
      figure(row, one ? interval(one.effect, number) : "", one && one.effect.mean);
      figure(row, one ? (one.icer !== null ? money(one.icer) : one.silent ? NOTHING : "none") : "", one && one.icer);
      figure(row, one ? (data.draws > 1 ? percent(one.saves) : NOTHING) : "", one && data.draws > 1 ? one.saves : undefined);
      figure(row, several ? percent(found.decision.share[s]) : NOTHING, several ? found.decision.share[s] : undefined);
      const loss = several && found.decision.loss ? found.decision.loss[s] : undefined;
      figure(row, loss === undefined ? NOTHING : money(loss), loss);
    });
  }

  function sentence(found) {
    const decision = found.decision, at = found.withheld.threshold ? "" : " at " + money(found.at) + " per " + found.measure.per;
    const place = by("live-answer");
    for (const name of ["data-evpi", "data-best"]) place.removeAttribute(name);
    if (!decision) {
      place.textContent = "No probability is told: " + found.withheld.probability + ".";
      return;
    }
    const best = data.labels[decision.best], several = data.draws > 1, share = decision.share[decision.best];
    const open_ = data.labels.length === 2 && share < data.likely ? ": a toss-up" : "";
    const sure = several ? ", and in " + percent(share) + " of draws (raw share)" + open_ : "";
    const worth = several && !found.withheld.evpi ? " Knowing everything would be worth " + money(decision.evpi) + " per " + data.each + " (raw EVPI)." : "";
    const others = decision.tied.map((s) => data.labels[s]).join(", ");
    place.textContent = others
      ? "A tie" + at + ": " + best + " has the highest net benefit on average" + sure + ", but nothing tells it from " + others + "." + worth
      : best + " is best on average" + at + sure + "." + worth;
    if (decision.evpi !== null) place.setAttribute("data-evpi", String(decision.evpi));
    place.setAttribute("data-best", data.strategies[decision.best]);
  }

  function moved(found) {
    const told = [];
    const label = (list, name) => list.find((one) => one.name === name).label;
    if (choice.perspective !== data.usual.perspective) told.push("perspective " + label(data.perspectives, choice.perspective));
    if (choice.effect !== data.usual.effect) told.push("effect " + found.measure.label);
    const words = [];
    for (const price of data.prices) {
      const value = choice.prices[price.name];
      if (value === undefined) continue;
      told.push(price.label + " at " + number(value, 6) + " (" + price.unit + "), in place of what was drawn");
      words.push("--set " + price.name + "=" + value);
    }
    if (choice.perspective !== data.usual.perspective) words.push("--perspective " + choice.perspective);
    if (choice.effect !== data.usual.effect) words.push("--effect " + choice.effect);
    by("live-moved").textContent = told.length
      ? "Moved: " + told.join("; ") + ". All else is as in the run. The command line says the same with " + words.join(" ") + "."
      : "Nothing is moved: costs and effects are those of the run.";
    by("live").classList.toggle("moved", told.length > 0);
  }

  // --- drawings ---------------------------------------------------------------------------------

  const WIDTH = 460, HEIGHT = 300, RIGHT = 22, TOP = 10, BOTTOM = 46, LETTER = 6.2;
  const kind = (s) => "s" + (s % 8);

  function ticks(low, high, most) {
    if (!(high > low)) return [];
    const rough = (high - low) / (most - 1), power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((x) => x * power).find((x) => x >= rough * (1 - 1e-9));
    const found = [];
    for (let k = Math.ceil(low / step - 1e-9); k <= Math.floor(high / step + 1e-9); k++) found.push(k * step);
    return found;
  }

  function span(values) {
    let low = 0, high = 0;
    for (const x of values) { if (x < low) low = x; if (x > high) high = x; }
    if (low === high) return [low - 1, high + 1];
    const room = 0.05 * (high - low);
    return [low < 0 ? low - room : low, high > 0 ? high + room : high];
  }

  function frame(place, x, y) {
    const svg = add(place, "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": place.dataset.caption });
    const labels = ticks(y.low, y.high, 6), left = 28 + LETTER * Math.max(0, ...labels.map((v) => y.tell(v).length));
    const right = WIDTH - RIGHT, base = HEIGHT - BOTTOM;
    const atX = (v) => left + (v - x.low) / (x.high - x.low) * (right - left);
    const atY = (v) => base - (v - y.low) / (y.high - y.low) * (base - TOP);
    for (const v of labels) {
      add(svg, "line", { class: v === 0 ? "axis" : "grid", x1: left, x2: right, y1: atY(v), y2: atY(v) });
      add(svg, "text", { class: "tick end", x: left - 5, y: atY(v) + 4 }, y.tell(v));
    }
    let below = ticks(x.low, x.high, 6);
    for (let most = 5; most > 2 && below.length * (LETTER * Math.max(...below.map((v) => x.tell(v).length)) + 8) > right - left; most--) {
      below = ticks(x.low, x.high, most);
    }
    for (const v of below) {
      add(svg, "line", { class: v === 0 && x.low < 0 ? "axis" : "grid", x1: atX(v), x2: atX(v), y1: TOP, y2: base });
      add(svg, "text", { class: "tick middle", x: atX(v), y: base + 15 }, x.tell(v));
    }
    add(svg, "text", { class: "title middle", x: (left + right) / 2, y: HEIGHT - 6 }, x.title);
    add(svg, "text", { class: "title middle", transform: `translate(12 ${(TOP + base) / 2}) rotate(-90)` }, y.title);
    return { svg, atX, atY };
  }

  function path(into, points, kinds) {
    const told = points.map(([x, y]) => into.atX(x).toFixed(1) + " " + into.atY(y).toFixed(1)).join("L");
    if (told) add(into.svg, "path", { class: kinds, d: "M" + told });
  }

  function lines(id, rows, of, y, found, frontier) {
    const place = by(id), at = rows.map((row) => row.threshold);
    place.querySelector(":scope > svg")?.remove();
    place.hidden = rows.length < 2;
    if (rows.length < 2) return;
    const title = "Willingness to pay, " + data.sign.trim() + " per " + found.measure.per;
    const into = frame(place, { low: Math.min(...at), high: Math.max(...at), title, tell: money }, y);
    if (frontier) path(into, rows.map((row) => [row.threshold, row.share[row.best]]), "line frontier");
    data.labels.forEach((_, s) => path(into, rows.map((row) => [row.threshold, of(row)[s]]), "line " + kind(s)));
    if (found.at <= Math.max(...at)) path(into, [[found.at, y.low], [found.at, y.high]], "line price");
    place.prepend(into.svg);
  }

  function plane(found) {
    const place = by("live-plane"), clouds = data.labels.slice(1).map((_, s) => ({
      cost: found.cost[s + 1].map((x, d) => x - found.cost[0][d]),
      effect: found.effect[s + 1].map((x, d) => x - found.effect[0][d]),
    }));
    place.querySelector(":scope > svg")?.remove();
    place.hidden = clouds.every((c) => c.effect.every((x) => x === c.effect[0]));  // a line, and no plane
    if (place.hidden) return;
    const [xs, ys] = ["effect", "cost"].map((name) => span(clouds.flatMap((c) => Array.from(c[name]))));
    const into = frame(place, { low: xs[0], high: xs[1], title: "Difference in effect, " + found.measure.units, tell: (v) => number(v) },
      { low: ys[0], high: ys[1], title: "Difference in cost, " + data.sign.trim() + " per " + data.each, tell: money });
    clouds.forEach((cloud, s) => {
      const step = Math.ceil(cloud.cost.length / 1000);
      let dots = "";
      for (let d = 0; d < cloud.cost.length; d += step) {
        dots += "M" + into.atX(cloud.effect[d]).toFixed(1) + " " + into.atY(cloud.cost[d]).toFixed(1) + "h0";
      }
      const few = cloud.cost.length <= 200 ? "few " : "";
      add(into.svg, "path", { class: "dots " + few + kind(s + 1), d: dots });
    });
    if (!found.withheld.threshold) {
      let [low, high] = xs;
      if (found.at > 0) { low = Math.max(low, ys[0] / found.at); high = Math.min(high, ys[1] / found.at); }
      if (low < high) path(into, [[low, found.at * low], [high, found.at * high]], "line price");
    }
    found.increments.forEach((one, s) => add(into.svg, "circle", {
      class: "mean " + kind(s + 1), r: 5, cx: into.atX(one.effect.mean), cy: into.atY(one.cost.mean),
    }));
    place.prepend(into.svg);
  }

  function draw(found) {
    const rows = data.draws > 1 ? Valuation.curve(found) : [];
    lines("live-ceac", rows, (row) => row.share, { low: 0, high: 1, title: "Raw share of draws", tell: (v) => Math.round(100 * v) + "%" }, found, true);
    const told = rows.filter((row) => row.loss), [low, high] = span(told.flatMap((row) => row.loss));
    lines("live-loss", told, (row) => row.loss, { low, high, title: "Expected loss, " + data.sign.trim() + " per " + data.each, tell: money }, found, false);
    plane(found);
  }

  // --- at once ----------------------------------------------------------------------------------

  let waiting = 0;

  function show() {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(follow);
  }

  function follow(keep = true) {
    const found = Valuation.value(model, choice);
    setControls(found);
    sentence(found);
    moved(found);
    table(found);
    draw(found);
    if (keep) history.replaceState(null, "", written() ? "#" + written() : location.pathname + location.search);
  }

  controls();
  by("live").hidden = false;
  by("to-live").hidden = false;
  if (read()) by("live").scrollIntoView();
  follow(false);
  addEventListener("hashchange", () => { if (read()) follow(false); });
})();
