/* Colours of the style sheet, and pictures of the visible layer. */

type Colour = [number, number, number];

export interface Palette {
  paper: string;
  ink: string;
  muted: string;
  line: string;
  accent: string;
  warm: string;
}

/** Return the colours of the present scheme, light or dark. */
export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: of("paper"), ink: of("ink"), muted: of("muted"), line: of("line"), accent: of("accent"), warm: of("warm"),
  };
}

function parsed(colour: string): Colour {
  const n = parseInt(colour.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

/**
 * Paint values of visible neurons: from paper at 0 to ink at `top`, and to a warm colour at −`top`; three channels as
 * colours.
 */
export function paint(
  target: HTMLCanvasElement, values: ArrayLike<number>, shape: [number, number, number], top: number,
): void {
  const [channels, rows, columns] = shape;
  if (target.width !== columns || target.height !== rows) [target.width, target.height] = [columns, rows];
  target.style.imageRendering = "pixelated";
  target.style.aspectRatio = `${columns} / ${rows}`;
  const context = target.getContext("2d")!;
  const image = context.createImageData(columns, rows);
  const colours = palette();
  const [paper, ink, warm] = [parsed(colours.paper), parsed(colours.ink), parsed(colours.warm)];
  const size = rows * columns;
  for (let i = 0; i < size; i++) {
    const share = Math.max(-1, Math.min(1, values[i] / top)) || 0;
    const end = share > 0 ? ink : warm;
    for (let c = 0; c < 3; c++) {
      image.data[4 * i + c] =
        channels === 3
          ? 255 * Math.max(0, Math.min(1, values[c * size + i] / top))
          : paper[c] + (end[c] - paper[c]) * Math.abs(share);
    }
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

/** Return the context of a canvas whose pixels match those of the screen, in units of CSS pixels. */
export function sharp(target: HTMLCanvasElement): { context: CanvasRenderingContext2D; width: number; height: number } {
  const scale = window.devicePixelRatio || 1;
  const width = target.clientWidth || 300;
  const height = target.clientHeight || 150;
  target.width = Math.round(width * scale);
  target.height = Math.round(height * scale);
  const context = target.getContext("2d")!;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return { context, width, height };
}
