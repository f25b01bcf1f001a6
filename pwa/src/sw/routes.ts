// Paths the app itself answers; the server answers the same ones with index.html. Anything else is the network's.
export const appRoutes: readonly RegExp[] = [/^\/(\?.*)?$/, /^\/r\/[A-Za-z0-9_-]{1,64}(\?.*)?$/, /^\/check(\?.*)?$/]
