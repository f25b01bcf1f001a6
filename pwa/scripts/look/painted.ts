// A picture instead of a camera: hills in a given hue, moving a little, at a given size.
export function painted(hue: number, width: number, height: number): MediaStream {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const pen = canvas.getContext('2d')
  if (pen === null) throw new Error('no canvas')
  let tick = 0
  const paint = () => {
    pen.fillStyle = `hsl(${hue} 45% 62%)`
    pen.fillRect(0, 0, width, height)
    pen.fillStyle = `hsl(${hue} 40% 42%)`
    pen.fillRect(0, height * 0.75, width, height / 4)
    pen.fillStyle = 'hsl(28 45% 68%)'
    pen.beginPath()
    pen.ellipse(width / 2 + Math.sin(tick++ / 9) * 6, height * 0.44, height * 0.16, height * 0.21, 0, 0, Math.PI * 2)
    pen.fill()
    pen.fillStyle = `hsl(${hue + 140} 35% 35%)`
    pen.beginPath()
    pen.ellipse(width / 2, height * 0.98, height * 0.38, height * 0.33, 0, 0, Math.PI * 2)
    pen.fill()
  }
  setInterval(paint, 50)
  paint()
  return canvas.captureStream(20)
}
