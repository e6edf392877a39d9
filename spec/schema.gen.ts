// Generated from openapi.yaml by generate.ts. To change it, edit openapi.yaml and run `pnpm generate`.
/** The operations by path and method, as `openapi-fetch` takes them. */
export interface paths {
    "/actions/{id}/targets/{target}/archives": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the archives of one action sent to one target
         * @description Every mail that this action sent to this target, within the given dates.
         */
        get: operations["listActionTargetArchives"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/actions/stamp/{id}/archives": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the archive of one activation
         * @description A stamp marks one activation: one sending of one action to one target. It joins a sending event to its
         *     archive. The answer is a list as elsewhere; in the vendor's example it holds one item.
         */
        get: operations["listStampArchives"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/targets/{id}/archives": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the archives of every action sent to one target
         * @description Every mail that any action sent to this target, within the given dates.
         */
        get: operations["listTargetArchives"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A bare list. Its order is not documented. */
        MailArchives: components["schemas"]["MailArchive"][];
        /** @description One mail as it was sent. More properties than these may come. */
        MailArchive: {
            /** @description The archive's id; a uuid in every example. It is not the id in the link. */
            id: string;
            /** @description The id of the action that sent the mail. */
            action: string;
            /** @description The id of the target that received it. */
            target: string;
            /**
             * Format: date-time
             * @description When the target received the mail. Two or three fraction digits occur, so compare instants, never strings.
             */
            sendingDate: string;
            /**
             * @description A signed link to the mail as an .eml file, opened without the API key until `expiresOn`.
             *     It may be blank. The signature covers the whole link: use it as it came.
             */
            url: string;
            /**
             * Format: date-time
             * @description When the link stops working; 32 days after `sendingDate` in every example.
             */
            expiresOn: string;
        };
    };
    responses: {
        /** @description The request is not valid. The body is commonly empty. */
        BadRequest: {
            headers: {
                /** @description The request's id, which the vendor's support asks for. */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The key is missing or not known. The body is commonly empty. */
        Unauthorized: {
            headers: {
                /** @description The request's id, which the vendor's support asks for. */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The key's user may not read this. The body is commonly empty. */
        Forbidden: {
            headers: {
                /** @description The request's id, which the vendor's support asks for. */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description Not known, or a value that is not valid. The body is commonly empty. */
        NotFound: {
            headers: {
                /** @description The request's id, which the vendor's support asks for. */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description Too many calls. Wait longer after each such answer, then try again. */
        TooManyRequests: {
            headers: {
                /** @description The request's id, which the vendor's support asks for. */
                "x-request-id"?: string;
                "X-RateLimit-Limit": components["headers"]["RateLimitLimit"];
                "X-RateLimit-Remaining": components["headers"]["RateLimitRemaining"];
                "X-RateLimit-Reset": components["headers"]["RateLimitReset"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The service failed. The body is commonly empty. */
        ServerError: {
            headers: {
                /** @description The request's id, which the vendor's support asks for. */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content?: never;
        };
    };
    parameters: {
        /** @description Only mails sent at this instant or later. That the bound is inclusive is assumed. */
        StartDate: string | null;
        /** @description Only mails sent before this instant. That the bound is exclusive is assumed. */
        EndDate: string | null;
    };
    requestBodies: never;
    headers: {
        /**
         * @description The request's id, which the vendor's support asks for.
         * @example 7f2c1f6e9a3b4d0c
         */
        RequestId: string;
        /**
         * @description Calls allowed in the current period. May be sent.
         * @example 100
         */
        RateLimitLimit: number;
        /**
         * @description Calls left in the current period. May be sent.
         * @example 0
         */
        RateLimitRemaining: number;
        /**
         * @description When the period ends. May be sent. Seconds from now or seconds since 1970; the vendor does not say which.
         * @example 30
         */
        RateLimitReset: number;
    };
    pathItems: never;
}
/** A bare list. Its order is not documented. @useDeclaredType */
export type MailArchives = components['schemas']['MailArchives'];
/** One mail as it was sent. More properties than these may come. @useDeclaredType */
export type MailArchive = components['schemas']['MailArchive'];
export type ResponseBadRequest = components['responses']['BadRequest'];
export type ResponseUnauthorized = components['responses']['Unauthorized'];
export type ResponseForbidden = components['responses']['Forbidden'];
export type ResponseNotFound = components['responses']['NotFound'];
export type ResponseTooManyRequests = components['responses']['TooManyRequests'];
export type ResponseServerError = components['responses']['ServerError'];
export type ParameterStartDate = components['parameters']['StartDate'];
export type ParameterEndDate = components['parameters']['EndDate'];
export type HeaderRequestId = components['headers']['RequestId'];
export type HeaderRateLimitLimit = components['headers']['RateLimitLimit'];
export type HeaderRateLimitRemaining = components['headers']['RateLimitRemaining'];
export type HeaderRateLimitReset = components['headers']['RateLimitReset'];
export type $defs = Record<string, never>;
/** The operations by `operationId`. */
export interface operations {
    listActionTargetArchives: {
        parameters: {
            query?: {
                /** @description Only mails sent at this instant or later. That the bound is inclusive is assumed. */
                startDate?: components["parameters"]["StartDate"];
                /** @description Only mails sent before this instant. That the bound is exclusive is assumed. */
                endDate?: components["parameters"]["EndDate"];
            };
            header?: never;
            path: {
                /** @description The action's id, an opaque string. */
                id: string;
                /** @description The target's id, an opaque string. */
                target: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archives of the action and target. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.np6.cm.mail.archive": components["schemas"]["MailArchives"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listStampArchives: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The activation's stamp. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archive of the activation. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.np6.cm.mail.archive": components["schemas"]["MailArchives"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
    listTargetArchives: {
        parameters: {
            query?: {
                /** @description Only mails sent at this instant or later. That the bound is inclusive is assumed. */
                startDate?: components["parameters"]["StartDate"];
                /** @description Only mails sent before this instant. That the bound is exclusive is assumed. */
                endDate?: components["parameters"]["EndDate"];
            };
            header?: never;
            path: {
                /** @description The target's id, an opaque string. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archives of the target. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.np6.cm.mail.archive": components["schemas"]["MailArchives"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            "5XX": components["responses"]["ServerError"];
        };
    };
}
