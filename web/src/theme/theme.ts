import { ActionIcon, Button, createTheme, Menu, Modal, SegmentedControl, Tooltip, type MantineColorsTuple } from '@mantine/core';

const channel: MantineColorsTuple = ['#edf2fe', '#d9e3fc', '#b9ccf9', '#93b0fb', '#7c9ff9', '#4f79e6', '#2f5fd8', '#2854c5', '#2247a6', '#1b3a87'];
const danger: MantineColorsTuple = ['#fdeeed', '#fbdcda', '#f3bcb8', '#ff8079', '#e2605a', '#d64545', '#c02b2b', '#a92424', '#8b1f1f', '#6b1818'];
const slate: MantineColorsTuple = ['#e9ecf0', '#c6cdd6', '#a9b2be', '#8b95a3', '#3a424d', '#252a31', '#1a1e23', '#14171b', '#0d0f12', '#090b0d'];

/** Mantine in Fairway's colours, at the density of a tool that is open all day. */
export const theme = createTheme({
  primaryColor: 'channel',
  primaryShade: { light: 6, dark: 6 },
  colors: { channel, danger, dark: slate },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Cantarell, 'Liberation Sans', sans-serif",
  fontFamilyMonospace: 'var(--fw-mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '18px' },
  lineHeights: { xs: '16px', sm: '20px', md: '20px', lg: '22px', xl: '26px' },
  defaultRadius: 6,
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { size: 'xs' } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray', size: 28 } }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { withItemsBorders: false } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300, withArrow: false, fz: 12 } }),
    Menu: Menu.extend({ defaultProps: { shadow: 'md', position: 'bottom-end', withinPortal: true } }),
    Modal: Modal.extend({ defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.4 } } }),
  },
});
