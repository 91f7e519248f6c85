import { useMantineColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';

interface Props {
  readonly times: readonly number[];
  readonly lines: readonly (readonly (number | null)[])[];
  /** Custom properties that hold the lines' colours. */
  readonly colors: readonly string[];
  readonly names: readonly string[];
  /** What the chart shows, for those who do not see it. */
  readonly label: string;
  readonly format: (value: number) => string;
  /** The highest value that can be, where there is one: 100 % is never drawn as 100.2. */
  readonly ceiling?: number;
}

/** A small line chart that fills its box and follows its data. */
export default function Chart({ times, lines, colors, names, label, format, ceiling = Infinity }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = useRef<uPlot.AlignedData>([[], []]);
  const formatter = useRef(format);
  const { colorScheme } = useMantineColorScheme();
  const look = `${colors.join()} ${names.join()} ${colorScheme}`;

  useEffect(() => {
    formatter.current = format;
    data.current = [times as number[], ...(lines as (number | null)[][])];
    plot.current?.setData(data.current);
  }, [times, lines, format]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const style = getComputedStyle(document.documentElement);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const axis: uPlot.Axis = {
      stroke: color('--fw-text-3'),
      font: '11px system-ui, sans-serif',
      grid: { stroke: color('--fw-line'), width: 1 },
      ticks: { show: false },
    };
    const chart = new uPlot(
      {
        width: element.clientWidth || 300,
        height: element.clientHeight || 96,
        padding: [6, 4, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
        scales: { y: { range: (_, low, high) => padded(low, high, ceiling) } },
        axes: [
          { ...axis, size: 20, gap: 2, space: 72, grid: { show: false }, values: (_, splits) => splits.map(clock) },
          { ...axis, size: 52, gap: 4, space: 32, values: (_, splits) => splits.map((value) => formatter.current(value)) },
        ],
        series: [{}, ...colors.map((name, index): uPlot.Series => ({ label: names[index], stroke: color(name), width: 1.75, points: { show: false }, spanGaps: false }))],
      },
      data.current,
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
    // The chart is made again only when its look changes; data flows in through setData.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [look]);

  return <div ref={box} role="img" aria-label={label} style={{ width: '100%', height: '100%' }} />;
}

function padded(low: number, high: number, ceiling: number): [number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) * 0.15;
  return [Math.max(0, low - room), Math.min(ceiling, high + room)];
}

function clock(seconds: number): string {
  const at = new Date(seconds * 1000);
  return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
}
