namespace Qemu.Migration.Destination.Hosting;

/// <summary>
/// Told by guest memory who writes which pages, and for how long: between the two calls the pages belong to the calling task, and to
/// nobody else. A host that looks for races has one; production has none.
/// </summary>
public abstract class GuestPageWatch
{
    /// <summary>The calling task begins to write pages. It may say so again for pages that are its own already.</summary>
    /// <param name="block">The block's name.</param>
    /// <param name="firstPage">The first page's number.</param>
    /// <param name="pageCount">How many.</param>
    public abstract void WriteBegins(string block, long firstPage, long pageCount);

    /// <summary>The task that began to write pages has ended, with their content in place or not.</summary>
    /// <param name="block">The block's name.</param>
    /// <param name="firstPage">The first page's number.</param>
    /// <param name="pageCount">How many.</param>
    public abstract void WriteEnded(string block, long firstPage, long pageCount);
}
