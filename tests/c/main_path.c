/* The demo's main path on the C library, against a sandbox: a cart is checked out, paid, heard of
 * by webhook, mailed and shipped, once; what is forged, repeated or lost changes nothing. The example
 * takes the same way as a program of its own. */

#include "http.h"

static int sandbox;
static coinpay_engine *engine;
static int webhooks;

static int take_webhook(coinpay_slice body, const char *signature)
{
    coinpay_buffer out, err;
    json_t *input = json_object();
    if (signature != NULL) {
        json_object_set_new(input, "signature", json_string(signature));
    }
    char *document = json_dumps(input, 0);
    coinpay_status status = coinpay_engine_call(engine, text("handle_webhook"), text(document),
                                                body, &out, &err);
    CHECK(status == COINPAY_STATUS_OK);
    json_t *answer = taken(&out);
    int http_status = (int)json_integer_value(json_object_get(answer, "http_status"));
    CHECK(strlen(text_at(answer, "body")) > 0);
    json_decref(answer);
    json_decref(input);
    free(document);
    __atomic_fetch_add(&webhooks, 1, __ATOMIC_SEQ_CST);
    return http_status;
}

/* Tells the sandbox something about a payment, or with NULL about itself. */
static void tell(const char *payment, const char *action, const char *body)
{
    char path[300];
    if (payment != NULL) {
        snprintf(path, sizeof path, "/control/payments/%s/%s", payment, action);
    } else {
        snprintf(path, sizeof path, "/control/%s", action);
    }
    json_decref(ask(sandbox, "POST", path, body));
}

static void expect_status(const json_t *checkout, const char *wanted)
{
    char input[300];
    snprintf(input, sizeof input, "{\"order_id\":\"%s\",\"status_token\":\"%s\"}",
             text_at(checkout, "order_id"), text_at(checkout, "status_token"));
    json_t *status = run(engine, "order_status", input);
    if (strcmp(text_at(status, "status"), wanted) != 0) {
        fprintf(stderr, "the order is %s, not %s\n", text_at(status, "status"), wanted);
        exit(1);
    }
    json_decref(status);
}

/* Claims side work until there is none, and does it. Gives how many of `kind` there were. */
static int done(const char *kind)
{
    int found = 0;
    for (;;) {
        json_t *effects = run(engine, "claim_effects", "{}");
        if (json_array_size(effects) == 0) {
            json_decref(effects);
            return found;
        }
        for (size_t place = 0; place < json_array_size(effects); place++) {
            const json_t *effect = json_array_get(effects, place);
            json_t *key = json_object();
            const char *const names[] = {"order_id", "kind", "subject"};
            for (size_t name = 0; name < 3; name++) {
                json_object_set(key, names[name], json_object_get(effect, names[name]));
            }
            char *input = json_dumps(key, 0);
            json_decref(run(engine, "complete_effect", input));
            found += strcmp(text_at(effect, "kind"), kind) == 0;
            free(input);
            json_decref(key);
        }
        json_decref(effects);
    }
}

static json_t *cart(const char *cart_id)
{
    char input[400];
    snprintf(input, sizeof input,
             "{\"cart_id\":\"%s\",\"currency\":\"USD\",\"blockchain\":\"USDC_POL\",\"items\":"
             "[{\"sku\":\"e-book\",\"quantity\":1,\"price\":\"19.90\",\"digital\":true}]}",
             cart_id);
    return run(engine, "create_checkout", input);
}

static void a_paid_cart_is_shipped_once(void)
{
    json_t *checkout = cart("cart-1");
    CHECK(strcmp(text_at(checkout, "outcome"), "created") == 0);
    const char *payment = text_at(checkout, "order.payment.payment_id");
    json_t *again = cart("cart-1");
    CHECK(strcmp(text_at(again, "outcome"), "exists") == 0);
    CHECK(strcmp(text_at(again, "order_id"), text_at(checkout, "order_id")) == 0);
    json_decref(again);

    expect_status(checkout, "awaiting_payment");
    tell(payment, "pay", "{}");
    tell(NULL, "webhooks/flush", "{}");
    CHECK(webhooks > 0);
    expect_status(checkout, "paid");
    CHECK(done("ship_order") == 1);
    expect_status(checkout, "fulfilled");

    char redeliver[200];
    snprintf(redeliver, sizeof redeliver, "{\"payment_id\":\"%s\",\"times\":3}", payment);
    tell(NULL, "webhooks/redeliver", redeliver);
    tell(NULL, "webhooks/flush", "{}");
    CHECK(done("ship_order") == 0);
    expect_status(checkout, "fulfilled");
    json_decref(checkout);
}

static void a_forged_webhook_is_refused(void)
{
    json_t *checkout = cart("cart-2");
    char body[500];
    snprintf(body, sizeof body,
             "{\"id\":\"evt\",\"type\":\"payment.confirmed\",\"data\":{\"payment_id\":\"%s\","
             "\"status\":\"confirmed\",\"received_amount\":\"1000\"}}",
             text_at(checkout, "order.payment.payment_id"));
    CHECK(take_webhook(text(body), NULL) == 401);
    CHECK(take_webhook(text(body), "t=1795348800,v1=00") == 401);
    expect_status(checkout, "awaiting_payment");
    json_decref(checkout);
}

/* The operator's view is an operation as any other, for whoever has a name. */
static void an_operator_sees_the_orders(void)
{
    json_t *page = run(engine, "dash",
                       "{\"method\":\"GET\",\"path\":\"/orders\",\"actor\":\"me\",\"csrf\":\"s\"}");
    CHECK(json_integer_value(json_object_get(page, "http_status")) == 200);
    CHECK(strstr(text_at(page, "body"), "19.90 USD") != NULL);
    json_decref(page);
    page = run(engine, "dash", "{\"method\":\"GET\",\"path\":\"/orders\"}");
    CHECK(json_integer_value(json_object_get(page, "http_status")) == 403);
    CHECK(strstr(text_at(page, "body"), "USD") == NULL);
    json_decref(page);
}

/* Runs the example and gives what it printed, as JSON. */
static json_t *example(const char *program, const char *words)
{
    char command[1200];
    json_error_t error;
    snprintf(command, sizeof command, "'%s' %s", program, words);
    FILE *printed = popen(command, "r");
    CHECK(printed != NULL);
    json_t *document = json_loadf(printed, JSON_DISABLE_EOF_CHECK, &error);
    CHECK(pclose(printed) == 0);
    CHECK(document != NULL);
    return document;
}

/* Looks at an order until it is `wanted`; gives whether it is. */
static int seen_as(const json_t *status, const char *wanted)
{
    return strcmp(text_at(status, "status"), wanted) == 0;
}

/* Two carts whose webhooks are lost: one of this process, one of the example, `program`. Both learn
 * by asking. Looking at an order's status pulls the next look at the gateway forward. */
static void a_lost_webhook_is_learnt_by_asking(const char *program)
{
    json_t *ours = cart("cart-3");
    json_t *other = example(program, "checkout cart-9");
    tell(NULL, "webhooks/config", "{\"url\":null}");
    tell(text_at(ours, "order.payment.payment_id"), "pay", "{}");
    tell(text_at(other, "order.payment.payment_id"), "pay", "{}");
    char input[300], words[300];
    snprintf(input, sizeof input, "{\"order_id\":\"%s\",\"status_token\":\"%s\"}",
             text_at(ours, "order_id"), text_at(ours, "status_token"));
    snprintf(words, sizeof words, "status %s %s", text_at(other, "order_id"),
             text_at(other, "status_token"));
    int paid = 0, fulfilled = 0;
    for (int second = 0; second < 100 && !(paid && fulfilled); second++) {
        sleep(1);
        json_decref(run(engine, "work", "{}"));
        json_t *status = run(engine, "order_status", input);
        paid = seen_as(status, "paid");
        json_decref(status);
        json_decref(example(program, "work"));
        status = example(program, words);
        fulfilled = seen_as(status, "fulfilled");
        json_decref(status);
    }
    CHECK(paid && fulfilled);
    CHECK(done("ship_order") == 1);
    json_decref(ours);
    json_decref(other);
}

int main(int count, char **arguments)
{
    CHECK(count == 3);
    sandbox = atoi(arguments[1]);
    engine = opened("sqlite::memory:", sandbox);
    json_decref(run(engine, "adjust_stock",
                    "{\"adjustment_id\":\"a1\",\"sku\":\"e-book\",\"delta\":10,\"actor\":\"me\"}"));
    struct endpoint endpoint;
    endpoint.handle = take_webhook;
    pthread_t thread = listening(&endpoint);
    char config[200];
    snprintf(config, sizeof config, "{\"url\":\"http://127.0.0.1:%d/webhooks/coinpay\"}",
             endpoint.port);
    tell(NULL, "webhooks/config", config);

    a_paid_cart_is_shipped_once();
    a_forged_webhook_is_refused();
    an_operator_sees_the_orders();
    a_lost_webhook_is_learnt_by_asking(arguments[2]);
    stop_listening(&endpoint, thread);
    coinpay_engine_free(engine);
    printf("sold, %d webhooks\n", webhooks);
    return 0;
}
