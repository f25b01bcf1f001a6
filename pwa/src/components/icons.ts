// Path data of the icons, 24×24, to be stroked.

const phone = 'M6.5 3.5h2.6l1.6 4.4-2.2 1.7a13 13 0 0 0 5.9 5.9l1.7-2.2 4.4 1.6v2.6a3 3 0 0 1-3.3 3A16.5 16.5 0 0 1 3.5 6.8a3 3 0 0 1 3-3.3Z'
const mic = 'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21'
const camera = 'M4.5 6.5h9a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2ZM15.5 11l6-3.5v9l-6-3.5'
const slash = 'M3.5 3.5l17 17'

export const icons = {
  phone,
  'phone-down': 'M2.8 14.2a13.5 13.5 0 0 1 18.4 0l-.9 2.7-4.3-.6-.5-2.6a10 10 0 0 0-7 0L8 16.3l-4.3.6-.9-2.7Z',
  mic,
  'mic-off': `${mic} ${slash}`,
  camera,
  'camera-off': `${camera} ${slash}`,
  flip: 'M4 9a8 8 0 0 1 14-3l2 2M20 3.5V8h-4.5M20 15a8 8 0 0 1-14 3l-2-2M4 20.5V16h4.5',
  share: 'M12 15V3.5M8 7l4-3.5L16 7M5 11.5v7a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-7',
  check: 'M4.5 12.5l5 5 10-11',
  back: 'M14.5 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  sound: 'M4 9.5v5h3.5l4.5 4v-13l-4.5 4ZM15.5 9a4 4 0 0 1 0 6M18 6a8 8 0 0 1 0 12',
  alert: 'M12 4L2.5 20h19ZM12 10v4.5M12 17.2v.1',
  info: 'M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18ZM12 11v5M12 7.8v.1',
  edit: 'M4 20l1-4L16 5l3 3L8 19ZM14 7l3 3',
} as const satisfies Record<string, string>

export type IconName = keyof typeof icons
