/* Eigenvalues of a small real matrix, by the QR algorithm with complex shifts. */

type Complex = [number, number];

const times = (p: Complex, q: Complex): Complex => [p[0] * q[0] - p[1] * q[1], p[0] * q[1] + p[1] * q[0]];
const plus = (p: Complex, q: Complex): Complex => [p[0] + q[0], p[1] + q[1]];
const minus = (p: Complex, q: Complex): Complex => [p[0] - q[0], p[1] - q[1]];
const size = (p: Complex): number => Math.hypot(p[0], p[1]);
const conjugate = (p: Complex): Complex => [p[0], -p[1]];
const scaled = (p: Complex, factor: number): Complex => [p[0] * factor, p[1] * factor];

function root(p: Complex): Complex {
  const r = size(p);
  const re = Math.sqrt((r + p[0]) / 2);
  const im = Math.sqrt((r - p[0]) / 2);
  return [re, p[1] < 0 ? -im : im];
}

/** Return the eigenvalue of [[a, b], [c, d]] that is nearer to d. */
function wilkinsonShift(a: Complex, b: Complex, c: Complex, d: Complex): Complex {
  const half = scaled(minus(a, d), 0.5);
  const spread = root(plus(times(half, half), times(b, c)));
  const middle = scaled(plus(a, d), 0.5);
  const found = [plus(middle, spread), minus(middle, spread)];
  return size(minus(found[0], d)) < size(minus(found[1], d)) ? found[0] : found[1];
}

/** Bring a matrix to upper Hessenberg form by elimination with pivots. */
function reduce(a: Complex[][]): void {
  for (let m = 1; m < a.length - 1; m++) {
    let best = m;
    for (let i = m + 1; i < a.length; i++) if (size(a[i][m - 1]) > size(a[best][m - 1])) best = i;
    if (size(a[best][m - 1]) === 0) continue;
    [a[m], a[best]] = [a[best], a[m]];
    for (const row of a) [row[m], row[best]] = [row[best], row[m]];
    for (let i = m + 1; i < a.length; i++) {
      const factor = a[i][m - 1][0] / a[m][m - 1][0]; // the matrix is real so far
      for (let j = 0; j < a.length; j++) a[i][j] = minus(a[i][j], scaled(a[m][j], factor));
      for (const row of a) row[m] = plus(row[m], scaled(row[i], factor));
    }
  }
}

/** Do one QR step with a shift on rows and columns lo … hi of a Hessenberg matrix. */
function step(a: Complex[][], lo: number, hi: number, shift: Complex): void {
  for (let i = lo; i <= hi; i++) a[i][i] = minus(a[i][i], shift);
  const turns: [Complex, Complex][] = [];
  for (let k = lo; k < hi; k++) {
    const r = Math.hypot(size(a[k][k]), size(a[k + 1][k])) || 1;
    const c = scaled(a[k][k], 1 / r);
    const s = scaled(a[k + 1][k], 1 / r);
    turns.push([c, s]);
    for (let j = k; j <= hi; j++) {
      const [top, bottom] = [a[k][j], a[k + 1][j]];
      a[k][j] = plus(times(conjugate(c), top), times(conjugate(s), bottom));
      a[k + 1][j] = minus(times(c, bottom), times(s, top));
    }
  }
  turns.forEach(([c, s], index) => {
    const k = lo + index;
    for (let i = lo; i <= Math.min(k + 2, hi); i++) {
      const [left, right] = [a[i][k], a[i][k + 1]];
      a[i][k] = plus(times(left, c), times(right, s));
      a[i][k + 1] = minus(times(conjugate(c), right), times(conjugate(s), left));
    }
  });
  for (let i = lo; i <= hi; i++) a[i][i] = plus(a[i][i], shift);
}

/** Return the eigenvalues of a real matrix as pairs of real and imaginary part. */
export function eigenvalues(matrix: number[][]): Complex[] {
  const a = matrix.map((row) => row.map((value): Complex => [value, 0]));
  reduce(a);
  const found: Complex[] = [];
  let hi = a.length - 1;
  let tries = 0;
  while (hi >= 0) {
    let lo = hi;
    while (lo > 0 && size(a[lo][lo - 1]) > 1e-16 * (size(a[lo][lo]) + size(a[lo - 1][lo - 1]))) lo--;
    if (lo === hi || tries > 200) {
      found.push(a[hi][hi]);
      hi--;
      tries = 0;
      continue;
    }
    const usual = wilkinsonShift(a[hi - 1][hi - 1], a[hi - 1][hi], a[hi][hi - 1], a[hi][hi]);
    const shift: Complex = tries % 11 === 10 ? [size(a[hi][hi - 1]), 0] : usual; // breaks cycles
    step(a, lo, hi, shift);
    tries++;
  }
  return found;
}
