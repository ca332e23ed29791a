package pilot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The minimal and streaming routes in Java: Vert.x and Jackson, as their documentation teaches them. */
public final class Main {
  private static final long MULTIPLIER_MAX = 1_000;
  private static final long DELAY_MS_MAX = 10_000;
  private static final long COMPUTE_N_MAX = 1_000_000;

  private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]+");

  private final ObjectMapper mapper = new ObjectMapper();
  private final Items items;

  private Main() throws IOException {
    items = new Items(mapper);
  }

  /** What a client is told when its request cannot be answered. */
  private static final class Complaint extends RuntimeException {
    Complaint(String message) {
      super(message, null, false, false);
    }
  }

  public static void main(String[] args) throws Exception {
    if (args.length != 2 || !args[0].equals("--listen")) {
      System.err.println("usage: java-vertx --listen ADDRESS:PORT");
      System.exit(2);
    }
    String[] address = args[1].split(":");
    Vertx vertx = Vertx.vertx();
    HttpServer server =
        vertx
            .createHttpServer()
            .requestHandler(new Main().routes(vertx))
            .listen(Integer.parseInt(address[1]), address[0])
            .await(30, TimeUnit.SECONDS);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(vertx, server)));
  }

  private static void stop(Vertx vertx, HttpServer server) {
    try {
      server.shutdown(10, TimeUnit.SECONDS).await(11, TimeUnit.SECONDS);
      vertx.close().await(5, TimeUnit.SECONDS);
      // The JVM would report the signal as its exit status.
      Runtime.getRuntime().halt(0);
    } catch (Exception error) {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private Router routes(Vertx vertx) {
    Router router = Router.router(vertx);
    // By regular expression, because a plain path also matches with a slash after it.
    router.getWithRegex("/health").handler(context -> text(context, "ok"));
    router.getWithRegex("/plaintext").handler(context -> text(context, "Hello, World!"));
    router.get("/json/:count").handler(this::items);
    router.get("/delay/:ms").handler(context -> delay(vertx, context));
    router.get("/compute/:n").handler(this::compute);
    router.post("/echo").handler(Main::echo);
    router.route().failureHandler(this::fail);
    return router;
  }

  private void items(RoutingContext context) {
    Long count = parseInteger(context.pathParam("count"));
    if (count == null) {
      throw new Complaint("count must be an integer");
    }
    List<String> texts = context.queryParam("m");
    long m = texts.isEmpty() ? 1 : integerIn("m", texts.get(0), 1, MULTIPLIER_MAX);
    json(context, 200, items.priced(count, m));
  }

  private static void delay(Vertx vertx, RoutingContext context) {
    long ms = integerIn("ms", context.pathParam("ms"), 0, DELAY_MS_MAX);
    String body = Long.toString(ms);
    if (ms == 0) {
      text(context, body);
    } else {
      vertx.setTimer(ms, timer -> text(context, body));
    }
  }

  private void compute(RoutingContext context) {
    int n = (int) integerIn("n", context.pathParam("n"), 0, COMPUTE_N_MAX);
    json(context, 200, Primes.below(n));
  }

  /** Streams the body back: what has arrived is sent on, nothing is gathered. */
  private static void echo(RoutingContext context) {
    var request = context.request();
    var response = context.response();
    String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    response.putHeader(HttpHeaders.CONTENT_TYPE, type == null ? "application/octet-stream" : type);
    if (length == null) {
      response.setChunked(true);
    } else {
      response.putHeader(HttpHeaders.CONTENT_LENGTH, length);
    }
    request.pipeTo(response);
  }

  private void fail(RoutingContext context) {
    if (context.failure() instanceof Complaint complaint) {
      json(context, 400, Map.of("error", complaint.getMessage()));
    } else {
      context.next();
    }
  }

  private static void text(RoutingContext context, String body) {
    context.response().putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8").end(body);
  }

  private void json(RoutingContext context, int status, Object body) {
    try {
      context
          .response()
          .setStatusCode(status)
          .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
          .end(mapper.writeValueAsString(body));
    } catch (JsonProcessingException error) {
      context.fail(error);
    }
  }

  /** An optional sign and digits within 64 bits, or null: Long.parseLong also takes other scripts' digits. */
  private static Long parseInteger(String text) {
    if (!INTEGER.matcher(text).matches()) {
      return null;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException tooLong) {
      return null;
    }
  }

  private static long integerIn(String name, String text, long min, long max) {
    Long value = parseInteger(text);
    if (value == null || value < min || value > max) {
      throw new Complaint(name + " must be an integer from " + min + " to " + max);
    }
    return value;
  }
}
