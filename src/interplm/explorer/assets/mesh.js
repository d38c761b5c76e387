// A ribbon through Cα atoms (after Carson & Bugg 1986): wide along the peptide plane in helices and
// strands, round elsewhere, broken where the chain is.
window.ipMesh = (() => {
  const SIDES = 12, STEPS = 6;
  // Half width and half thickness, Å.
  const SHAPE = { h: [1.35, 0.28], e: [1.15, 0.25], c: [0.38, 0.38] };

  const add = (a, b, s = 1) => [a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]];
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const scaled = (a, s) => [a[0] * s, a[1] * s, a[2] * s];
  const unit = (a) => scaled(a, 1 / (Math.sqrt(dot(a, a)) || 1));
  const mix = (a, b, t) => add(scaled(a, 1 - t), b, t);
  const distance = (a, b) => Math.sqrt(dot(add(a, b, -1), add(a, b, -1)));

  function pieces(ca) {
    const found = [[0]];
    for (let i = 1; i < ca.length; i += 1) {
      // Neighbouring Cα atoms are 3.8 Å apart; beyond that residues are missing.
      if (distance(ca[i - 1], ca[i]) > 4.6) found.push([i]);
      else found[found.length - 1].push(i);
    }
    return found.filter((piece) => piece.length > 1);
  }

  const spline = (p0, p1, p2, p3, t) => [0, 1, 2].map((k) => 0.5 * (
    2 * p1[k] + (p2[k] - p0[k]) * t + (2 * p0[k] - 5 * p1[k] + 4 * p2[k] - p3[k]) * t * t
    + (3 * p1[k] - p0[k] - 3 * p2[k] + p3[k]) * t ** 3));

  function smooth(chain, piece) {
    // Strands zigzag by 1 Å; drawn through the middle they lie flat.
    return piece.map((i, n) => (chain.kind[i] === 'e' && n && n < piece.length - 1
      ? scaled(add(add(chain.ca[i - 1], chain.ca[i], 2), chain.ca[i + 1]), 0.25) : chain.ca[i]));
  }

  function sides(chain, piece) {
    const found = [];
    for (const i of piece) {
      const last = found[found.length - 1];
      const across = chain.across[i];
      // The carbonyl points to either side of a strand in turn; the ribbon must not.
      found.push(last && dot(last, across) < 0 ? scaled(across, -1) : across);
    }
    return found;
  }

  function shape(chain, piece, n, t) {
    const [here, next] = [chain.kind[piece[n]], chain.kind[piece[Math.min(n + 1, piece.length - 1)]]];
    const [a, b] = [SHAPE[here], SHAPE[next]];
    // A strand ends in an arrow.
    if (here === 'e' && next !== 'e') return [1.9 * (1 - t) + 0.38 * t, 0.25];
    const ease = t * t * (3 - 2 * t);
    return [a[0] + (b[0] - a[0]) * ease, a[1] + (b[1] - a[1]) * ease];
  }

  return (chain) => {
    const positions = [], normals = [], owners = [], triangles = [];
    for (const piece of pieces(chain.ca)) {
      const path = smooth(chain, piece);
      const across = sides(chain, piece);
      const at = (n) => path[Math.max(0, Math.min(path.length - 1, n))];
      const first = positions.length / 3;
      let rings = 0;
      for (let n = 0; n < path.length - 1; n += 1) {
        for (let step = 0; step < STEPS + (n === path.length - 2); step += 1) {
          const t = step / STEPS;
          const here = spline(at(n - 1), at(n), at(n + 1), at(n + 2), t);
          const ahead = spline(at(n - 1), at(n), at(n + 1), at(n + 2), t + 0.01);
          const along = unit(add(ahead, here, -1));
          const raw = mix(across[n], across[n + 1], t);
          const wide = unit(add(raw, along, -dot(raw, along)));
          const thick = cross(along, wide);
          const [w, h] = shape(chain, piece, n, t);
          for (let side = 0; side < SIDES; side += 1) {
            const angle = (side / SIDES) * 2 * Math.PI;
            const [c, s] = [Math.cos(angle), Math.sin(angle)];
            positions.push(...add(add(here, wide, w * c), thick, h * s));
            normals.push(...unit(add(scaled(wide, c / w), thick, s / h)));
            owners.push(piece[t < 0.5 ? n : n + 1]);
          }
          rings += 1;
        }
      }
      for (let ring = 0; ring < rings - 1; ring += 1) {
        for (let side = 0; side < SIDES; side += 1) {
          const [a, b] = [first + ring * SIDES + side, first + ring * SIDES + ((side + 1) % SIDES)];
          triangles.push(a, b, a + SIDES, b, b + SIDES, a + SIDES);
        }
      }
    }
    return { positions: new Float32Array(positions), normals: new Float32Array(normals), owners, triangles: new Uint32Array(triangles) };
  };
})();
