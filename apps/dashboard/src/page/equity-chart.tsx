import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { axisTime, money, moneyAxis, moneyAxisFine, time } from './format.ts';
import type { EquityPoint } from './wire.ts';

interface EquityChartProps {
  /** At least two, oldest first. */
  readonly points: readonly EquityPoint[];
  /** Drawn as a dashed line when known. */
  readonly start: number | null;
  /** Told the point under the pointer, or null when it left. */
  readonly onPoint: (point: EquityPoint | null) => void;
}

const HEIGHT = 260;
const DARK = '(prefers-color-scheme: dark)';

/** The equity curve over New York time. */
export function EquityChart({ points, start, onPoint }: EquityChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef<{ points: readonly EquityPoint[]; start: number | null }>({ points, start });
  shown.current = { points, start };
  const scheme = useColorScheme();

  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    const chart = new uPlot(
      options(
        element,
        () => shown.current.start,
        (index) => onPoint(index === null ? null : (shown.current.points[index] ?? null)),
      ),
      columns(shown.current.points),
      element,
    );
    plot.current = chart;
    const resized = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      chart.destroy();
      plot.current = null;
    };
    // Colours are read once per chart, so another scheme makes another chart.
  }, [scheme]);

  useEffect(() => plot.current?.setData(columns(points)), [points, start]);

  return <div class="chart" ref={holder} role="img" aria-label={summary(points)} />;
}

function summary(points: readonly EquityPoint[]): string {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return 'Equity curve';
  let low = first;
  let high = first;
  for (const point of points) {
    if (point.equity < low.equity) low = point;
    if (point.equity > high.equity) high = point;
  }
  return `Equity curve: ${money(first.equity)} at ${time(first.at)}, ${money(last.equity)} at ${time(last.at)}; lowest ${money(low.equity)} at ${time(low.at)}, highest ${money(high.equity)} at ${time(high.at)}`;
}

function columns(points: readonly EquityPoint[]): uPlot.AlignedData {
  return [points.map((point) => Date.parse(point.at) / 1000), points.map((point) => point.equity)];
}

function useColorScheme(): boolean {
  const [dark, setDark] = useState(() => matchMedia(DARK).matches);
  useEffect(() => {
    const query = matchMedia(DARK);
    const changed = () => setDark(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return dark;
}

function options(
  element: HTMLElement,
  start: () => number | null,
  onIndex: (index: number | null) => void,
): uPlot.Options {
  const styles = getComputedStyle(element);
  const colour = (name: string): string => styles.getPropertyValue(name).trim();
  const font = `12px ${styles.fontFamily}`;
  const axis = { stroke: colour('--muted'), font, ticks: { show: false }, gap: 8 };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [12, 12, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { size: 9, width: 2, stroke: colour('--panel'), fill: colour('--accent') },
    },
    scales: { y: { range: (_, low, high) => span(low, high, start()) } },
    axes: [
      { ...axis, size: 34, grid: { show: false }, space: 64, values: (_, splits) => splits.map(axisTime) },
      {
        ...axis,
        size: 72,
        space: 44,
        grid: { stroke: colour('--line'), width: 1 },
        values: (_, splits) => splits.map((splits[1] ?? 0) - (splits[0] ?? 0) < 1 ? moneyAxisFine : moneyAxis),
      },
    ],
    series: [
      {},
      {
        stroke: colour('--accent'),
        width: 2,
        points: { show: false },
        fill: (chart) => {
          const shade = chart.ctx.createLinearGradient(0, chart.bbox.top, 0, chart.bbox.top + chart.bbox.height);
          shade.addColorStop(0, colour('--shade'));
          shade.addColorStop(1, colour('--shade-end'));
          return shade;
        },
      },
    ],
    hooks: {
      drawClear: [(chart) => drawStart(chart, start(), colour('--muted'))],
      setCursor: [(chart) => onIndex(chart.cursor.idx ?? null)],
    },
  };
}

/** The range of the vertical axis: all points and the starting line, with some air, never of height zero. */
function span(low: number, high: number, start: number | null): [number, number] {
  const bottom = start === null ? low : Math.min(low, start);
  const top = start === null ? high : Math.max(high, start);
  const air = Math.max((top - bottom) * 0.12, Math.abs(top) * 0.0002, 0.01);
  return [bottom - air, top + air];
}

function drawStart(chart: uPlot, start: number | null, colour: string): void {
  if (start === null) return;
  const { ctx, bbox } = chart;
  const y = Math.round(chart.valToPos(start, 'y', true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.globalAlpha = 0.6;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
