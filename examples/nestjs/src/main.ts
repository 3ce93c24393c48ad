// NestJS on Express 5: express-session is a middleware as in every application of Express.
import 'reflect-metadata'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import session from 'express-session'
import { AppController } from './app.controller.js'
import { Sessions } from './sessions.service.js'

@Module({ controllers: [AppController], providers: [Sessions] })
class AppModule {}

const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: ['error'] })
app.use(
  session({
    store: app.get(Sessions).store,
    secret: process.env['SESSION_SECRET'] ?? 'change me: this is an example',
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 3_600_000, httpOnly: true, sameSite: 'lax' },
  }),
)
// SIGTERM closes the server, then the store.
app.enableShutdownHooks()
await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1')
console.log((await app.getUrl()).replace('[::1]', '127.0.0.1'))
