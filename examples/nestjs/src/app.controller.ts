import { Controller, Get, HttpCode, Post, Req, Session } from '@nestjs/common'
import type { Request } from 'express'
import type { Session as ExpressSession, SessionData } from 'express-session'
import { promisify } from 'node:util'

@Controller()
export class AppController {
  @Get()
  views(@Session() session: ExpressSession & Partial<SessionData>): object {
    session.views = (session.views ?? 0) + 1
    return { views: session.views, user: session.user ?? null }
  }

  @Post('login')
  @HttpCode(200)
  async logIn(@Req() request: Request): Promise<object> {
    // A new id, so that one that somebody knew before is worth nothing after.
    await promisify((done: (error: unknown) => void) => request.session.regenerate(done))()
    request.session.user = 'ann'
    return { user: 'ann' }
  }

  @Post('logout')
  @HttpCode(200)
  async logOut(@Req() request: Request): Promise<object> {
    await promisify((done: (error: unknown) => void) => request.session.destroy(done))()
    return {}
  }
}
