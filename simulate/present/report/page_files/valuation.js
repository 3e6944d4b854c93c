"use strict";
// Costs and effects put together again from quantities and prices, and the decision by them: the same rules, and the
// same numbers but for the last digits, as the program that wrote the page. Draws are taken as they are ("raw").
const Valuation = (() => {
  const RELATIVE = 1e-9; // what differs by less of the absolute sums that went in is equal

  function floats(text) {
    const raw = atob(text), bytes = new Uint8Array(raw.length);
    for (let k = 0; k < raw.length; k++) bytes[k] = raw.charCodeAt(k);
    const view = new DataView(bytes.buffer), found = new Float64Array(bytes.length / 8);
    for (let k = 0; k < found.length; k++) found[k] = view.getFloat64(8 * k, true);
    return found;
  }

  function column(value, draws) {
    return typeof value === "string" ? floats(value) : new Float64Array(draws).fill(value);
  }

  function columns(values, draws) {
    const found = [];
    for (const value of values) {
      found.push(value !== null && typeof value === "object" ? found[value.as] : column(value, draws));
    }
    return found;
  }

  // What the page carries, decoded once.
  function open(data) {
    return {
      data,
      prices: data.prices.map((price) => column(price.values, data.draws)),
      amounts: data.lines.map((line) => columns(line.amount, data.draws)),
      effects: data.effects.map((effect) => columns(effect.values, data.draws)),
    };
  }

  function sum(values) { // compensated (Neumaier)
    let total = 0, lost = 0;
    for (const x of values) {
      const next = total + x;
      lost += Math.abs(total) >= Math.abs(x) ? (total - next) + x : (x - next) + total;
      total = next;
    }
    return total + lost;
  }

  const mean = (values) => sum(values) / values.length;

  function quantile(values, share) {
    const sorted = Float64Array.from(values).sort(), at = (sorted.length - 1) * share, low = Math.floor(at);
    const a = sorted[low], b = sorted[Math.min(low + 1, sorted.length - 1)], t = at - low;
    return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
  }

  // Columns by strategy in which what is equal but for rounding is the first of them.
  function settled(x, size) {
    const found = x.map((values) => Float64Array.from(values));
    for (let i = 1; i < x.length; i++) {
      for (let j = i - 1; j >= 0; j--) {
        for (let d = 0; d < x[i].length; d++) {
          if (Math.abs(x[i][d] - found[j][d]) <= RELATIVE * (size[i][d] + size[j][d])) found[i][d] = found[j][d];
        }
      }
    }
    return found;
  }

  function costs(model, perspective, fixed) {
    const { data } = model, zeros = () => data.strategies.map(() => new Float64Array(data.draws));
    const total = zeros(), size = zeros(); // of what is paid for and what is saved, before one takes from the other
    const seen = data.perspectives.find((one) => one.name === perspective);
    for (const k of seen.lines) {
      const line = data.lines[k], price = new Float64Array(data.draws).fill(1);
      for (const p of line.prices) {
        const value = fixed[data.prices[p].name];
        for (let d = 0; d < data.draws; d++) {
          price[d] *= value === undefined ? model.prices[p][d] : value * data.prices[p].factor;
        }
      }
      total.forEach((column_, s) => {
        const amount = model.amounts[k][s];
        for (let d = 0; d < data.draws; d++) {
          column_[d] += amount[d] * price[d];
          size[s][d] += Math.abs(amount[d] * price[d]);
        }
      });
    }
    return settled(total, size);
  }

  function kept(model, choice) {
    const same = (one) => one.perspective === choice.perspective && one.effect === choice.effect;
    return { strategies: [], ...model.data.withheld.find(same) };
  }

  // The sizes that go into net benefit: the greatest of all, and the mean of each strategy.
  function scales(cost, effect) {
    const greatest = (columns_) => {
      let most = 0;
      for (const values of columns_) for (const x of values) most = Math.max(most, Math.abs(x));
      return most;
    };
    const means = (columns_) => columns_.map((values) => mean(values.map(Math.abs)));
    return { cost: greatest(cost), effect: greatest(effect), costs: means(cost), effects: means(effect) };
  }

  // Net benefit given up against the best of each draw, by strategy. Ties that rounding hides are looked for only where
  // some are near: `sizes_` are those of ``scales``.
  function losses(cost, effect, threshold, sizes_) {
    const draws = cost[0].length, near = 2 * RELATIVE * (threshold * sizes_.effect + sizes_.cost);
    let worth = cost.map((c, s) => c.map((x, d) => threshold * effect[s][d] - x));
    const given = () => {
      const found = worth.map(() => new Float64Array(draws));
      let close = 0;
      for (let d = 0; d < draws; d++) {
        let best = -Infinity;
        for (const values of worth) best = Math.max(best, values[d]);
        for (let s = 0; s < worth.length; s++) {
          found[s][d] = best - worth[s][d];
          if (found[s][d] <= near) close++;
        }
      }
      return { found, close };
    };
    const first = given();
    if (first.close <= draws) return first.found;
    worth = settled(worth, cost.map((c, s) => c.map((x, d) => Math.abs(threshold * effect[s][d]) + Math.abs(x))));
    return given().found;
  }

  function shares(loss) {
    const draws = loss[0].length, won = loss.map(() => 0);
    for (let d = 0; d < draws; d++) {
      const first = loss.reduce((n, values) => n + (values[d] === 0), 0);
      loss.forEach((values, s) => { if (values[d] === 0) won[s] += 1 / first; });
    }
    return won.map((n) => n / draws);
  }

  // What cannot be told from the best on average: its mean net benefit is the same, or within Monte Carlo error.
  function tied(data, cost, effect, threshold, best) {
    const others = data.strategies.map((_, s) => s).filter((s) => s !== best);
    return others.filter((s) => {
      const apart_ = cost[s].map((x, d) => threshold * (effect[best][d] - effect[s][d]) - cost[best][d] + x);
      return apart_.every((x) => x === 0) || !isApart(described(apart_, data), data);
    });
  }

  // Shares of draws in which each strategy is best, what is best on average, and, where the EVPI `isTold`, that and the
  // expected losses, the least of which it is.
  function decide(cost, effect, threshold, sizes_, isTold) {
    const loss = losses(cost, effect, threshold, sizes_), lost = loss.map(mean);
    const size = lost.map((_, s) => [sizes_.costs[s] + threshold * sizes_.effects[s]]);
    const worth = settled(lost.map((x) => [-x]), size).map((x) => x[0]);
    return {
      threshold, share: shares(loss), best: worth.indexOf(Math.max(...worth)),
      loss: isTold ? lost : null, evpi: isTold ? Math.min(...lost) : null,
    };
  }

  // Monte Carlo standard error of a mean over draws: of replicates where there are any, else of single draws.
  function error(values, replicates) {
    const groups = replicates || values.length, totals = new Float64Array(groups), counts = new Float64Array(groups);
    if (groups < 2) return NaN;
    values.forEach((x, d) => { totals[d % groups] += x; counts[d % groups] += 1; });
    const means = totals.map((x, g) => x / counts[g]), weights = counts.map((n) => n / values.length);
    if (means.every((x) => x === means[0])) return 0;
    const middle = sum(means.map((x, g) => weights[g] * x));
    return Math.sqrt(sum(means.map((x, g) => (weights[g] * (x - middle)) ** 2)) * groups / (groups - 1));
  }

  function described(values, data) {
    return {
      mean: mean(values), low: quantile(values, 0.025), high: quantile(values, 0.975),
      mcse: error(values, data.replicates),
    };
  }

  function apart(fresh, old) {
    return Math.abs(fresh - old) <= RELATIVE * (Math.abs(fresh) + Math.abs(old)) ? 0 : fresh - old;
  }

  function isApart(found, data) {
    return found.mean === 0 || !Number.isFinite(found.mcse) || Math.abs(found.mean) > found.mcse * data.reach;
  }

  // A strategy against the first. An error that is told holds what nobody met, as it is at the prices that were drawn.
  function increment(model, cost, effect, s, withheld, lacking) {
    const { data } = model, c = described(cost[s].map((x, d) => x - cost[0][d]), data);
    const gains = effect[s].map((x, d) => x - effect[0][d]), e = described(gains, data);
    c.mean = apart(mean(cost[s]), mean(cost[0]));
    e.mean = apart(mean(effect[s]), mean(effect[0]));
    const hidden = withheld.strategies.includes(data.strategies[s]);
    const sure = e.mean === 0 ? 1 : gains.reduce((n, x) => n + (Math.sign(x) === Math.sign(e.mean)), 0) / gains.length;
    const ratio = c.mean * e.mean > 0 && isApart(c, data) && isApart(e, data) && sure >= data.borne;
    const silent = data.draws === 1 || hidden || Boolean(withheld.icer); // one draw carries no error to judge it by
    c.mcse = Math.hypot(c.mcse, lacking.cost[s - 1] || 0);
    e.mcse = Math.hypot(e.mcse, lacking.effect[s - 1] || 0);
    const saves = cost[s].reduce((n, x, d) => n + (x - cost[0][d] < 0), 0) / data.draws;
    return {
      strategy: data.strategies[s], cost: c, effect: e,
      icer: ratio && !silent ? c.mean / e.mean : null, silent,
      saves: hidden ? null : saves,
    };
  }

  // Everything at a choice of {perspective, effect, threshold, prices: {name: value in its record's own unit}}.
  function value(model, choice) {
    const { data } = model, place = data.effects.findIndex((one) => one.name === choice.effect);
    const cost = costs(model, choice.perspective, choice.prices), effect = model.effects[place];
    const withheld = kept(model, choice), at = withheld.threshold ? 0 : choice.threshold;
    const sizes_ = scales(cost, effect), seen = data.perspectives.find((one) => one.name === choice.perspective);
    const lacking = { cost: seen.lacking || [], effect: data.effects[place].lacking || [] };
    const chosen = () => {
      const found = decide(cost, effect, at, sizes_, !withheld.evpi);
      return { ...found, tied: tied(data, cost, effect, at, found.best) };
    };
    return {
      cost, effect, sizes: sizes_, withheld, measure: data.effects[place], at,
      means: cost.map((c, s) => ({ cost: mean(c), effect: mean(effect[s]) })),
      increments: cost.slice(1).map((c, s) => increment(model, cost, effect, s + 1, withheld, lacking)),
      decision: withheld.probability ? null : chosen(),
    };
  }

  // The decision over the effect's own range of willingness to pay.
  function curve(found) {
    if (found.withheld.probability) return [];
    const at = found.withheld.threshold ? [0] : found.measure.thresholds;
    return at.map((threshold) => decide(found.cost, found.effect, threshold, found.sizes, !found.withheld.evpi));
  }

  return { open, value, curve };
})();

if (typeof module !== "undefined") module.exports = Valuation;
