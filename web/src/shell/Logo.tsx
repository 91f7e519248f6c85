/** The mark: a buoy at the edge of the channel. */
export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden focusable="false">
      <rect width="32" height="32" rx="8" fill="#2f5fd8" />
      <path d="M16 5.5 21 12H11z" fill="#fff" />
      <path d="M12.2 14h7.6l1.3 6.5H10.9z" fill="#fff" />
      <path d="M6 24.2c2.5-2 4.2-2 6.7 0s4.2 2 6.7 0 4.2-2 6.6 0" fill="none" stroke="#fff" strokeWidth="2.2" strokeLinecap="round" />
    </svg>
  );
}
