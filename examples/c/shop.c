/* A shop in C, as a program for a web server's CGI and for cron:
 *
 *     shop checkout <cart>           opens a checkout and prints it
 *     shop status <order> <token>    prints what the shopper may see
 *     shop webhook                   answers a webhook: body on stdin, CGI variables
 *     shop work                      on a timer: asks about payments, does the side work
 *
 * The settings are the JSON document in the variable SHOP_CONFIG. Build it with
 * `cc shop.c $(pkg-config --cflags --libs coinpay)`.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif
#include <coinpay.h>
#ifdef __cplusplus
}
#endif

#define MOST_BODY_BYTES (256 * 1024 + 1)

static coinpay_engine *engine;

static coinpay_slice bytes(const void *data, size_t len)
{
    coinpay_slice slice;
    slice.data = (const uint8_t *)data;
    slice.len = len;
    return slice;
}

static coinpay_slice text(const char *text)
{
    return bytes(text, strlen(text));
}

/* snippet: call */
/* Runs an operation; what it gives, the caller frees. An error ends the program. */
static coinpay_buffer call(const char *operation, const char *input, coinpay_slice body)
{
    coinpay_buffer out, err;
    coinpay_status status =
        coinpay_engine_call(engine, text(operation), text(input), body, &out, &err);
    if (status != COINPAY_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", operation, (const char *)err.data);
        coinpay_buffer_free(&err);
        exit(1);
    }
    return out;
}
/* /snippet */

static void print(coinpay_buffer buffer)
{
    printf("%s\n", (const char *)buffer.data);
    coinpay_buffer_free(&buffer);
}

/* Finds `"name":"value"` or `"name":value` in a document of the library's, which has no blanks.
 * A shop that reads more than this takes a JSON library. */
static int field(const char *document, const char *name, char *value, size_t room)
{
    char key[40];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *found = strstr(document, key);
    if (found == NULL) {
        return 0;
    }
    found += strlen(key);
    const int quoted = *found == '"';
    found += quoted;
    snprintf(value, room, "%.*s", (int)strcspn(found, quoted ? "\"" : ",}"), found);
    return 1;
}

static void checkout(const char *cart)
{
    char input[500];
    snprintf(input, sizeof input,
             "{\"cart_id\":\"%s\",\"currency\":\"USD\",\"blockchain\":\"USDC_POL\",\"items\":"
             "[{\"sku\":\"e-book\",\"quantity\":1,\"price\":\"19.90\",\"digital\":true}]}",
             cart);
    print(call("create_checkout", input, bytes(NULL, 0)));
}

static void status(const char *order_id, const char *token)
{
    char input[500];
    snprintf(input, sizeof input, "{\"order_id\":\"%s\",\"status_token\":\"%s\"}", order_id, token);
    print(call("order_status", input, bytes(NULL, 0)));
}

/* snippet: webhook */
/* The raw bytes go in; what comes back is the whole answer. */
static void webhook(void)
{
    static char body[MOST_BODY_BYTES];
    const char *signature = getenv("HTTP_X_COINPAY_SIGNATURE");
    char input[400] = "{}";
    char http_status[10] = "503";
    size_t len = fread(body, 1, sizeof body, stdin);
    if (signature != NULL && strpbrk(signature, "\"\\") == NULL) {
        snprintf(input, sizeof input, "{\"signature\":\"%.300s\"}", signature);
    }
    coinpay_buffer answer = call("handle_webhook", input, bytes(body, len));
    field((const char *)answer.data, "http_status", http_status, sizeof http_status);
    printf("Status: %s\r\nContent-Type: application/json\r\n\r\n{}\n", http_status);
    coinpay_buffer_free(&answer);
}
/* /snippet */

/* snippet: work */
/* Finds payments whose webhook never came, ends orders, and does the side work. */
static void work(void)
{
    coinpay_buffer report = call("work", "{}", bytes(NULL, 0));
    for (;;) {
        char order_id[60], kind[40], subject[200], key[300], input[500];
        coinpay_buffer one = call("claim_effects", "{\"limit\":1}", bytes(NULL, 0));
        const char *effect = (const char *)one.data;
        if (!field(effect, "order_id", order_id, sizeof order_id)) {
            coinpay_buffer_free(&one);
            break;
        }
        field(effect, "kind", kind, sizeof kind);
        field(effect, "subject", subject, sizeof subject);
        field(effect, "idempotency_key", key, sizeof key);
        /* Mail, ship, alert: give the key to whoever does it. */
        fprintf(stderr, "%s: %s\n", kind, key);
        snprintf(input, sizeof input,
                 "{\"order_id\":\"%s\",\"kind\":\"%s\",\"subject\":\"%s\"}", order_id, kind,
                 subject);
        coinpay_buffer_free(&one);
        coinpay_buffer completed = call("complete_effect", input, bytes(NULL, 0));
        coinpay_buffer_free(&completed);
    }
    print(report);
}
/* /snippet */

int main(int count, char **words)
{
    const char *config = getenv("SHOP_CONFIG");
    const char *word = count > 1 ? words[1] : "";
    coinpay_buffer err;
    if (coinpay_abi_version() != COINPAY_ABI_VERSION || config == NULL) {
        fprintf(stderr, "another libcoinpay than this was built for, or no SHOP_CONFIG\n");
        return 2;
    }
    if (coinpay_engine_open(text(config), &engine, &err) != COINPAY_STATUS_OK) {
        fprintf(stderr, "%s\n", (const char *)err.data);
        coinpay_buffer_free(&err);
        return 1;
    }
    if (strcmp(word, "checkout") == 0 && count > 2) {
        checkout(words[2]);
    } else if (strcmp(word, "status") == 0 && count > 3) {
        status(words[2], words[3]);
    } else if (strcmp(word, "webhook") == 0) {
        webhook();
    } else if (strcmp(word, "work") == 0) {
        work();
    } else {
        fprintf(stderr, "shop checkout|status|webhook|work\n");
    }
    coinpay_engine_free(engine);
    return 0;
}
