import { useMantineColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';

export interface Marker {
  /** Seconds since 1970. */
  readonly at: number;
  readonly label: string;
}

interface Props {
  readonly times: readonly number[];
  readonly lines: readonly (readonly (number | null)[])[];
  readonly names: readonly string[];
  /** CSS colours, one a line. */
  readonly colors: readonly string[];
  readonly label: string;
  readonly format: (value: number) => string;
  /** Charts with the same key move their cursors together. */
  readonly sync?: string;
  readonly markers?: readonly Marker[];
  /** Called with the span that was drawn over with the pointer. */
  readonly onZoom?: (from: number, to: number) => void;
  readonly onCursor?: (index: number | null) => void;
  readonly fromZero?: boolean;
}

/** A line chart over time: many lines, a cursor shared with its neighbours, zoom by dragging, moments marked. */
export default function TimeChart({ times, lines, names, colors, label, format, sync, markers = [], onZoom, onCursor, fromZero = true }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ data: [[], []] as uPlot.AlignedData, format, markers, onZoom, onCursor });
  const { colorScheme } = useMantineColorScheme();
  const look = `${names.length} ${colors.join()} ${colorScheme} ${sync ?? ''} ${fromZero}`;

  useEffect(() => {
    latest.current = { data: [times as number[], ...(lines as (number | null)[][])], format, markers, onZoom, onCursor };
    plot.current?.setData(latest.current.data);
  }, [times, lines, format, markers, onZoom, onCursor]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const style = getComputedStyle(document.documentElement);
    const token = (name: string) => style.getPropertyValue(name).trim();
    const axis: uPlot.Axis = { stroke: token('--fw-text-3'), font: '11px system-ui, sans-serif', grid: { stroke: token('--fw-line'), width: 1 }, ticks: { show: false } };
    const chart = new uPlot(
      {
        width: element.clientWidth || 300,
        height: element.clientHeight || 160,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { size: 6 }, drag: { x: true, y: false, setScale: false }, ...(sync ? { sync: { key: sync } } : {}) },
        scales: { y: { range: (_, low, high) => room(low, high, fromZero) } },
        axes: [
          { ...axis, size: 22, gap: 4, space: 80, grid: { show: false }, values: (self, splits) => splits.map((at) => moment(at, (self.scales.x?.max ?? 0) - (self.scales.x?.min ?? 0))) },
          { ...axis, size: 60, gap: 4, space: 34, values: (_, splits) => splits.map((value) => latest.current.format(value)) },
        ],
        series: [{}, ...colors.map((stroke): uPlot.Series => ({ stroke, width: 1.5, points: { show: false }, spanGaps: false }))],
        hooks: {
          setCursor: [(self) => latest.current.onCursor?.(self.cursor.idx ?? null)],
          setSelect: [
            (self) => {
              if (self.select.width < 4) return;
              latest.current.onZoom?.(self.posToVal(self.select.left, 'x'), self.posToVal(self.select.left + self.select.width, 'x'));
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
          draw: [(self) => mark(self, latest.current.markers, token('--fw-accent'))],
        },
      },
      latest.current.data,
      element,
    );
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [look, colors, sync, fromZero]);

  return <div ref={box} role="img" aria-label={label} style={{ width: '100%', height: '100%' }} />;
}

function mark(self: uPlot, markers: readonly Marker[], color: string) {
  const { ctx, bbox } = self;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.setLineDash([4, 4]);
  for (const marker of markers) {
    const x = Math.round(self.valToPos(marker.at, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

function room(low: number, high: number, fromZero: boolean): [number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const floor = fromZero && low >= 0 ? 0 : low;
  const space = (high - floor || Math.abs(high) || 1) * 0.1;
  return [floor === 0 ? 0 : floor - space, high + space];
}

function moment(seconds: number, width: number): string {
  const at = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  if (width > 2 * 86_400) return `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return width < 600 ? `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}` : `${two(at.getHours())}:${two(at.getMinutes())}`;
}
