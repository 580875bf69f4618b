namespace Company.Service;

/// <summary>How many pieces are left to sell.</summary>
/// <param name="pieces">Pieces at first.</param>
/// <param name="askWarehouse">Asks the warehouse; takes a while.</param>
public sealed class Stock(int pieces, Func<Task> askWarehouse)
{
    /// <summary>Pieces left.</summary>
    public int Pieces { get; private set; } = pieces;

    /// <summary>Sells a piece.</summary>
    /// <returns>False where none is left.</returns>
    public async Task<bool> TrySellAsync()
    {
        if (Pieces == 0)
            return false;
        await askWarehouse();    // Another customer may come here: look again, or reserve the piece before.
        Pieces--;
        return true;
    }
}
