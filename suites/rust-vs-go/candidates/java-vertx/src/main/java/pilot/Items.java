package pilot;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** The items on sale, loaded once at start-up. */
final class Items {
  record Rating(long score, long count) {}

  record Item(
      long id,
      String name,
      String category,
      long price,
      long quantity,
      boolean active,
      List<String> tags,
      Rating rating) {}

  /** An item as served: with its total. */
  record PricedItem(@JsonUnwrapped Item item, long total) {}

  record ItemList(List<PricedItem> items, int count) {}

  private final List<Item> items;

  Items(ObjectMapper mapper) throws IOException {
    try (InputStream file = Items.class.getResourceAsStream("/items.json")) {
      items = List.of(mapper.readValue(file, Item[].class));
    }
  }

  /** The first {@code count} items, clamped to what there is, each priced {@code multiplier} times. */
  ItemList priced(long count, long multiplier) {
    int clamped = (int) Math.min(Math.max(count, 0), items.size());
    List<PricedItem> priced =
        items.subList(0, clamped).stream()
            .map(item -> new PricedItem(item, item.price() * item.quantity() * multiplier))
            .toList();
    return new ItemList(priced, clamped);
  }
}
